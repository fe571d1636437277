crm_marketplace.show_as_text("Deal Stage", "Deal Stage Task");
