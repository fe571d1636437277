// What the desk shares: every form and list of the module uses the namespace `crm_marketplace`.
import "./desk/text";
import "./desk/plain_text";
import "./desk/status";
import "./desk/quick_filters";
import "./desk/list_rows";
import "./desk/shop_connection";
import "./desk/shop_preview";
import "./desk/shop_progress";
import "./desk/shop_panels";
import "./desk/order_hold";
import "./desk/listing_match";
import "./desk/listing_stock";
import "./desk/matching_inbox";
import "./desk/prices";
import "./desk/run_errors";
