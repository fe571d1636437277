crm_marketplace.show_as_text("Party Merge");
