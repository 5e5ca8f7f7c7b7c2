// What most pages share comes as one file: the build adds this import to every page, so that a
// slow link fetches few files instead of a dozen crumbs. The charts stay apart.
import "./lib/acts";
import "./lib/day";
import "./lib/fetch_all";
import "./lib/live";
import "./lib/spine";
import "./lib/schema";
import "./lib/uptime";
import "./lib/words";
import "./ui/age";
import "./ui/bars";
import "./ui/dialogs";
import "./ui/footer";
import "./ui/incident_rows";
import "./ui/load";
import "./ui/paged";
import "./ui/reading";
import "./ui/scroll";
import "./ui/state";
import "./ui/strip";
import "./ui/timeline";
import "./ui/use_seat";
import "./ui/virtual";
