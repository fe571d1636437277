crm_marketplace.show_as_text("Deal Absence");
