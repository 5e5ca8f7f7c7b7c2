// pictures.mjs - the pictures of docs/images (script/screenshots): a wall in trouble and an incident in a
// hand from the running demo, a year of uptime from the made-up collector.
import { Fixture, closeAll } from "./fixture/server.mjs";
import { launch, open, shot } from "./lib.mjs";
import { missing, Rig, until } from "./rig.mjs";

if (missing) throw new Error(missing);
const browser = await launch();
const rig = await Rig.start();

const incident = async (code) => (await rig.get("/api/v1/incidents")).incidents.find((i) => i.root_code === code)?.incident;

async function picture(name, url, { selector, size, lang }) {
	const page = await open(browser, { size, lang });
	await page.goto(url);
	await page.waitForSelector(selector);
	await page.waitForTimeout(1500);
	await shot(page, name);
	await page.context().close();
}

try {
	await rig.say("ctl unplug danang/ws-02-headset");
	await rig.say("ctl cut-power danang");
	await rig.say("ctl cut-wan angiang");
	await until("mains and line are missed", async () => (await incident("on_battery")) && (await incident("isolated")));
	const n = await incident("on_battery");
	await fetch(`${rig.url}/api/v1/incidents/${n}/take`, { method: "POST", body: '{"by": "lan"}' });
	await new Promise((done) => setTimeout(done, 30000)); // so that charts and spans have something to say
	await picture("wall", rig.url, { selector: ".tile", size: "wall", lang: "vi" });
	await picture("incident", `${rig.url}/i/${await incident("isolated")}`, { selector: ".do-now li", size: "phone", lang: "vi" });
	const fixture = new Fixture();
	await picture("uptime", `${await fixture.listen()}/uptime`, { selector: ".classes .bar-day", size: "wall", lang: "vi" });
} finally {
	await browser.close();
	await rig.stop();
	await closeAll();
}
