// The whole system: simulated centres, real agents, broker, collector and this page. The power is
// cut in the simulator, the incident acknowledged on a phone, the collector lost and found again.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open, otherLanguage, settled, shot } from "./lib.mjs";
import { missing as skip, Rig, until } from "./rig.mjs";

let browser, rig, url;
const say = (words) => rig.say(words);
const get = (path) => rig.get(path);

before(async () => {
	if (skip) return;
	browser = await launch();
	rig = await Rig.start();
	url = rig.url;
});

after(async () => {
	await browser?.close();
	await rig?.stop();
});

async function openWall() {
	const page = await open(browser);
	await page.goto(url);
	await page.waitForSelector(".tile");
	await page.waitForSelector(".pulse:not(.lost)");
	return page;
}

test("the power is cut at Đà Nẵng: the wall says so, a phone acknowledges, the power returns", { skip }, async () => {
	const wall = await openWall();
	await say("ctl cut-power danang");
	await wall.waitForSelector(".trouble:has-text('Mất điện lưới')");
	await wall.waitForSelector(".tile[href='/centre/danang'] .left:has-text('pin UPS')");
	await shot(wall, "demo-mains-cut");
	const n = await wall.getAttribute(".trouble", "data-incident");
	const phone = await open(browser, { size: "phone" });
	await phone.goto(`${url}/i/${n}`);
	await phone.waitForSelector(".do-now li");
	const { why } = await get(`/api/v1/incidents/${n}`);
	assert.match(why.vi, /ups-1: Mất điện lưới/);
	assert.equal(await phone.textContent(".reasoning"), `${why.vi}.`);
	await shot(phone, "demo-incident-phone");
	await phone.click(".thumb .main");
	await phone.click("dialog .chip:has-text('Minh')");
	await wall.waitForSelector(".trouble .who:has-text('Minh đang xử lý')");
	await phone.waitForSelector(".timeline:has-text('Minh nhận xử lý')");
	await phone.waitForSelector(".thumb .main", { state: "detached" }); // Minh need not take it from Minh
	await shot(wall, "demo-acknowledged");
	await phone.click(".thumb .button:has-text('Ghi chú')");
	await phone.fill("dialog textarea", "Đã gọi điện lực");
	await phone.click("dialog .main");
	await phone.waitForSelector(".timeline:has-text('Minh: Đã gọi điện lực')");
	await phone.click(".thumb .button:has-text('Tạm ẩn')");
	await phone.click("dialog .main");
	await phone.waitForSelector(".timeline:has-text('Minh tạm ẩn ups-1: Mất điện lưới')");
	assert.match(await phone.textContent(".inc-head .where"), /tạm ẩn/);
	await wall.waitForSelector(".trouble .who:has-text('tạm ẩn')");
	assert.match(await phone.textContent(".hidden-by"), /Tạm ẩn đến \d\d:\d\d \(Minh\)/);
	await phone.click(".hidden-by .button");
	await wall.waitForSelector(".trouble .who:has-text('Minh đang xử lý')");
	await phone.waitForSelector(".hidden-by", { state: "detached" });
	await say("ctl restore-power danang");
	await wall.waitForSelector(".trouble .who:has-text('đang theo dõi')", { timeout: 30000 });
	await phone.waitForSelector(".inc-head .where:has-text('đang theo dõi')");
	await wall.waitForSelector(".tile[href='/centre/danang'] .left", { state: "detached", timeout: 30000 });
	await phone.waitForSelector(".timeline:has-text('đã hết')");
	for (const page of [wall, phone]) {
		assert.deepEqual(page.problems, []);
		assert.deepEqual(page.strangers, []);
		await page.context().close();
	}
});

test("the link in the message opens the incident signed in as the person who got it", { skip }, async () => {
	const before = (await rig.pages()).length;
	await say("ctl unplug hanoi/ws-01-headset");
	await say("ctl cut-power hanoi");
	let link;
	await until("a message with a link", async () => {
		link = (await rig.pages()).slice(before).filter((p) => /hanoi/.test(p.text)).map((p) => /https?:\S+\/i\/\d+\?t=[^\s"]+/.exec(p.text)?.[0]).filter(Boolean).pop();
		return link;
	});
	const phone = await open(browser, { size: "phone" });
	await phone.goto(link);
	await phone.waitForSelector(".do-now li");
	assert.doesNotMatch(await phone.evaluate(() => location.href), /[?&]t=/);
	await phone.click(".thumb .main");
	await phone.waitForSelector("text=/(Lan|Minh|Hoa|Hòa) đang xử lý/");
	await say("ctl restore-power hanoi");
	await say("ctl plug hanoi/ws-01-headset");
	assert.deepEqual(phone.problems, []);
	await phone.context().close();
});

test("the collector stops answering: the wall says so by itself; it returns", { skip }, async () => {
	const wall = await openWall();
	await say("stop collector");
	await wall.waitForSelector(".blind");
	await shot(wall, "demo-blind");
	await say("go collector");
	await wall.waitForSelector(".blind", { state: "detached", timeout: 30000 });
	await wall.context().close();
});

test("every page of the running system shows itself in both languages", { skip }, async () => {
	const pages = ["/incidents", "/centre/hanoi", "/seat/hanoi/01", "/device/hanoi/ups-1?range=2h", "/uptime", "/uptime?by=month", "/report", "/maintenance", "/quality", "/oncall", "/setup"];
	const page = await open(browser);
	for (const path of pages) {
		await page.goto(url + path);
		await page.waitForSelector("main h1");
		await settled(page);
		await shot(page, `demo-${path.split(/[/?]/)[1]}`);
		for (let look = 0; look < 2; look++) {
			if (look) await otherLanguage(page);
			assert.deepEqual(page.problems, [], path);
			assert.deepEqual(page.strangers, [], path);
			assert.equal(await page.locator(".error").count(), 0, path);
			const text = await page.evaluate(() => document.body.innerText);
			assert.doesNotMatch(text, /\b(undefined|NaN|\[object|null)\b/, path);
		}
	}
	await page.context().close();
});

test("a silence said in advance on the page hides the next alarm of its kind, and ends there", { skip }, async () => {
	const page = await open(browser);
	await page.goto(`${url}/maintenance`);
	const form = page.locator(".silence-form");
	await form.locator("input[list]").fill("angiang/ups-1");
	await form.locator("select option[value=on_battery]").waitFor({ state: "attached" });
	await form.locator("select").selectOption("on_battery");
	await form.locator("input[maxlength]").fill("thử máy phát");
	await form.locator(".main").click();
	await page.click("dialog .chip:has-text('Minh')");
	const row = page.locator(".silences .window:has-text('thử máy phát')");
	await row.waitFor();
	const told = async () => (await rig.pages()).filter((p) => /an giang|angiang/i.test(p.text)).length;
	const before = await told();
	await say("ctl cut-power angiang");
	const standing = async () => (await get("/api/v1/alarms")).alarms.find((a) => a.alarm === "angiang/ups-1/on_battery");
	await until("it is raised", standing, 15000);
	assert.equal((await standing()).state, "shelved");
	await until("its incident is open", async () => (await standing()).incident);
	assert.ok((await get(`/api/v1/incidents/${(await standing()).incident}`)).shelved);
	assert.equal(await told(), before, "nobody is woken");
	await row.locator(".button").click();
	await row.waitFor({ state: "detached" });
	assert.equal((await standing()).state, "raised");
	await until("somebody is told now", async () => (await told()) > before, 15000);
	await say("ctl restore-power angiang");
	assert.deepEqual(page.problems, []);
	await page.context().close();
});

test("planned work made on the page is known to the collector and can be ended", { skip }, async () => {
	const page = await open(browser);
	await page.goto(`${url}/maintenance`);
	await page.fill("input[list=targets]", "angiang/ups-1");
	await page.click(".plan-form:not(.silence-form) .main");
	await page.click("dialog .chip:has-text('Minh')");
	await page.waitForSelector(".window:has-text('ups-1')");
	const { maintenance } = await get("/api/v1/maintenance");
	assert.ok(maintenance.some((m) => m.target === "angiang/ups-1"));
	await page.click(".window .button");
	await until("it is gone", async () => !(await get("/api/v1/maintenance")).maintenance.some((m) => m.target === "angiang/ups-1"), 5000);
	assert.deepEqual(page.problems, []);
	await page.context().close();
});
