crm_marketplace.show_as_text("Customer Segment");
