crm_marketplace.show_as_text("Advertising Expense");
