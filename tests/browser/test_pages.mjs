// Every page in both languages at both sizes: it shows itself, says nothing on the console, asks no
// other host, does not overflow, and axe finds nothing serious.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { closeAll, Fixture } from "./fixture/server.mjs";
import { launch, open, otherLanguage, settled, shot, SIZES } from "./lib.mjs";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PAGES = {
	wall: ["/", ".tile"],
	incident: ["/i/16", ".do-now li"],
	incidents: ["/incidents", ".inc"],
	centre: ["/centre/danang", ".seat"],
	seat: ["/seat/danang/05", ".part dd"],
	device: ["/device/danang/ups-1", ".plot canvas"],
	uptime: ["/uptime", ".bar-day"],
	months: ["/uptime?by=month", ".bar-day"],
	report: ["/report", ".lead"],
	maintenance: ["/maintenance", ".window"],
	quality: ["/quality", "table td"],
	oncall: ["/oncall", ".shift"],
	setup: ["/setup", ".agent-row"],
	signin: ["/signin", "input"],
	nowhere: ["/no/such/page", "main h1"],
};

let browser, fixture;
before(async () => {
	fixture = new Fixture();
	await fixture.listen();
	fixture.fault("cut", "danang");
	browser = await launch();
});
after(async () => {
	await browser?.close();
	await closeAll();
});

/* Rows of bars are one component a dozen times, with a thousand parts: the first of them is looked at. */
const REPEATED = [".avail-row + .avail-row .bars", ".classes .bars", ".heat-row + .heat-row .heat"];

async function serious(page) {
	const found = await page.evaluate(
		(exclude) => globalThis.axe.run({ include: [["html"]], exclude: exclude.map((s) => [s]) }, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"], resultTypes: ["violations"] }),
		REPEATED,
	);
	return found.violations
		.filter((v) => v.impact === "serious" || v.impact === "critical")
		.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(" ")} ${n.any[0]?.message ?? ""}`).join("; ")}`);
}

/** One look at a page as it stands. */
async function sound(page, name) {
	await shot(page, name);
	const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
	assert.ok(wide <= 0, `${wide} px too wide`);
	assert.deepEqual(page.problems, []);
	assert.deepEqual(page.strangers, []);
	assert.deepEqual(await serious(page), []);
	const text = await page.evaluate(() => document.body.innerText);
	assert.doesNotMatch(text, /\b(undefined|NaN|\[object|null)\b/);
}

/* Both sizes at once. Each page is loaded in the language that the page before it ended with, and then
 * changed to the other; on the wall the second look is at the other theme. */
test("every page is sound in both languages", { concurrency: 2 }, (t) =>
	Promise.all(
		Object.keys(SIZES).map((size) =>
			t.test(`on the ${size}`, async (t) => {
				const page = await open(browser, { size });
				for (const [name, [path, waits]] of Object.entries(PAGES))
					await t.test(name, async () => {
						page.problems.length = page.strangers.length = 0;
						await page.goto(fixture.url + path);
						await page.waitForSelector(waits, { timeout: 15000 });
						await settled(page);
						const first = await page.evaluate(() => document.documentElement.lang);
						await page.evaluate(axeSource);
						await sound(page, `${name}-${size}-${first}`);
						const second = await otherLanguage(page);
						if (size === "wall") await page.evaluate(() => (document.documentElement.dataset.theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
						await sound(page, `${name}-${size}-${second}`);
					});
				await page.context().close();
			}),
		),
	),
);

test("the margin of a chart names the last value, its quality and age, of both devices", async () => {
	const page = await open(browser);
	await page.goto(`${fixture.url}/device/danang/ups-1?with=hanoi/ups-1`);
	await page.waitForSelector(".last p + p");
	const [own, other] = await page.locator(".panel-chart .last").first().locator("p").allInnerTexts();
	assert.match(own, /%[\s\S]*tốt · (vừa xong|cách đây)/);
	assert.match(other, /%[\s\S]*(vừa xong|cách đây)/);
	await page.context().close();
});

test("the hotline has its own bars and stands first in the report", async () => {
	const page = await open(browser);
	await page.goto(`${fixture.url}/uptime`);
	await page.waitForSelector(".avail-row:first-of-type .b-down");
	assert.match(await page.locator(".avail-row").first().innerText(), /Đường dây 111[\s\S]*99,99/);
	await page.goto(`${fixture.url}/report`);
	await page.waitForSelector(".lead");
	assert.match(await page.textContent(".lead"), /Đường dây hoạt động/);
	assert.match(await page.locator(".report table tbody tr").first().innerText(), /Đường dây 111/);
	await page.context().close();
});

test("classes have bars summed over their members; a class opens on its devices", async () => {
	for (const [path, bars] of [["/uptime", 90], ["/uptime?by=month", 12]]) {
		const page = await open(browser, { lang: "en" });
		await page.goto(fixture.url + path);
		const row = (name) => page.locator(".classes > .avail-row", { has: page.locator(`b:text-is("${name}")`) });
		await row("seat").locator(".bar-day").first().waitFor();
		assert.equal(await row("seat").locator(".bar-day").count(), bars);
		assert.match(await row("UPS").locator("h3").innerText(), /devices: 3/);
		await row("UPS").locator(".bar-day").nth(bars - 2).hover();
		const noted = await row("UPS").locator(".bar-note").first().innerText();
		const said = [...noted.matchAll(/\(([\d,]+) s\)/g)].reduce((sum, [, n]) => sum + Number(n.replaceAll(",", "")), 0);
		assert.equal(said % (3 * 86400), 0, `whole days of three devices: ${noted}`);
		await row("UPS").getByRole("button", { name: "Each device" }).click();
		await page.waitForSelector(".class-open .avail-row:nth-of-type(1) .bar-day");
		assert.equal(await row("UPS").locator(".class-open .late").count(), 3);
		await page.context().close();
	}
});

test("a bar of a class, of a seat and of a device lists the incidents behind it, by click and by key", async () => {
	const page = await open(browser, { lang: "en" });
	await page.goto(`${fixture.url}/uptime`);
	const row = page.locator(".classes > .avail-row", { has: page.locator('b:text-is("UPS")') });
	await row.locator(".bar-day").last().click();
	await row.locator(".behind .inc:has-text('Mains lost')").waitFor();
	assert.equal(await row.locator(".behind .inc:has-text('Headset')").count(), 0, "only those of the class");
	await row.locator(".bar-day").last().press("ArrowLeft");
	await page.keyboard.press("Enter");
	await row.locator(".behind .empty").waitFor();
	assert.match(await row.locator(".behind h4").innerText(), /Incidents behind the bar: .*2026/);
	await page.keyboard.press("Enter");
	await row.locator(".behind").waitFor({ state: "detached" });
	await row.getByRole("button", { name: "Each device" }).click();
	const device = row.locator(".class-open .avail-row", { has: page.locator("a:text-matches('Đà Nẵng')") });
	await device.locator(".bar-day").last().click();
	await device.locator(".behind .inc:has-text('Mains lost')").waitFor();
	await page.goto(`${fixture.url}/seat/danang/05`);
	await page.waitForSelector(".bar-day");
	assert.equal(await page.getAttribute("main a[href^='/maintenance']", "href"), "/maintenance?target=danang%2F05");
	await page.locator(".bar-day").last().click();
	await page.waitForSelector(".behind .inc:has-text('Headset unplugged')");
	assert.equal(await page.locator(".bar-day").count(), 90);
	await page.click(".chip:has-text('12 months')");
	await page.waitForFunction(() => document.querySelectorAll(".bar-day").length === 12);
	assert.deepEqual(page.problems, []);
	await page.context().close();
});

test("an incident that is over still names the seats that it cost", async () => {
	const past = [...fixture.world.incidents.values()].filter((i) => i.state === "closed" && i.root_code === "no_answer").pop();
	const page = await open(browser, { size: "phone" });
	await page.goto(`${fixture.url}/i/${past.incident}`);
	await page.waitForSelector(".lost-seats");
	assert.match(await page.textContent(".lost-seats"), /đã không nhận được cuộc gọi/);
	assert.equal(await page.locator(".lost-seats .seat-link").count(), past.seats.length);
	await page.context().close();
});

test("a silence is said in advance: scope, kind, span, and what it would hide", async () => {
	const page = await open(browser, { size: "phone" });
	await page.goto(`${fixture.url}/maintenance?target=danang/05`);
	const form = page.locator(".silence-form");
	assert.equal(await form.locator("input[list]").inputValue(), "danang/05", "the thing whose page one came from");
	const save = form.locator(".main");
	await form.locator("input[list]").fill("nowhere");
	await form.locator("[role=alert]").waitFor();
	assert.ok(await save.isDisabled(), "nothing is called so");
	await form.locator("input[list]").fill("danang");
	await form.locator(".hidden-alarms li:has-text('ups-1')").waitFor();
	assert.match(await form.locator(".preview").innerText(), /Không bao giờ bị ẩn: .*Trung tâm mất hẳn/);
	await form.locator("select").selectOption({ label: "Tai nghe đã bị rút" });
	await form.locator(".hidden-alarms li:has-text('ups-1')").waitFor({ state: "detached" });
	assert.equal(await form.locator(".hidden-alarms li").count(), 1);
	const [from, until] = await form.locator("input[type=datetime-local]").all();
	await until.fill(await from.inputValue());
	await form.locator(".error").waitFor();
	assert.ok(await save.isDisabled(), "it ends before it begins");
	await form.locator(".chip:has-text('8 giờ')").focus();
	await page.keyboard.press("Enter");
	await form.locator("input[maxlength]").fill("thay tai nghe");
	await page.keyboard.press("Enter");
	await page.waitForSelector(".silences .window:has-text('Tai nghe đã bị rút · thay tai nghe')");
	const [said] = fixture.world.silences;
	assert.deepEqual([said.target, said.code, said.reason], ["danang", "missing", "thay tai nghe"]);
	assert.equal(Date.parse(said.until) - Date.parse(said.from), 8 * 3600e3);
	await page.click(".silences .window .button");
	await page.waitForSelector(".silences .empty");
	assert.deepEqual(page.problems.filter((p) => !p.includes("404")), []);
	await page.context().close();
});

test("the report asks for sums, not for the devices", async () => {
	const asked = fixture.requests.length;
	const page = await open(browser);
	await page.goto(`${fixture.url}/report`);
	await page.waitForSelector(".site-month .bar-day");
	const paths = fixture.requests.slice(asked).filter((r) => r.startsWith("/api/"));
	assert.ok(paths.some((p) => p.includes("only=classes")), paths.join(" "));
	assert.ok(!paths.some((p) => /\/(devices|availability)/.test(p)), paths.join(" "));
	await page.context().close();
});

test("a device with an alarm is not simply up", async () => {
	const page = await open(browser);
	await page.goto(`${fixture.url}/centre/danang`);
	await page.waitForSelector(".device-row:has-text('Mất điện lưới')");
	assert.equal(await page.locator(".device-row:has-text('ups-1') .s-degraded").count() > 0, true);
	await page.context().close();
});

test("no text of the other language is left on a page", async () => {
	const page = await open(browser, { lang: "en" });
	await page.goto(`${fixture.url}/i/16`);
	await page.waitForSelector(".do-now li");
	const text = await page.evaluate(() => document.querySelector("main").innerText);
	assert.doesNotMatch(text.replaceAll("Đà Nẵng", ""), /[ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệ]/i);
	await page.click(".tool:has-text('Tiếng Việt')");
	await page.waitForSelector("text=Làm ngay");
	assert.equal(await page.evaluate(() => document.documentElement.lang), "vi");
	await page.context().close();
});

const WINDOW = { target: "hanoi/pbx-1", from: new Date().toISOString(), until: new Date(Date.now() + 3600e3).toISOString(), reason: "nâng cấp tổng đài lên bản mới", by: "lan", active: true };

test("the month report is two pages of paper, black on white, also after much planned work", async () => {
	const own = new Fixture();
	await own.listen();
	for (let i = 0; i < 30; i++) own.world.maintenance.push({ ...WINDOW, id: `many-${i}` });
	for (const lang of ["vi", "en"]) {
		const page = await open(browser, { lang, theme: "dark" });
		await page.goto(`${own.url}/report`);
		await page.waitForSelector(".site-month .bar-day");
		assert.equal(await page.locator(".planned-work tr").count(), 12);
		const pdf = (await page.pdf({ format: "A4", preferCSSPageSize: true })).toString("latin1");
		assert.equal([...pdf.matchAll(/\/Type\s*\/Page\b(?!s)/g)].length, 2, lang);
		await page.emulateMedia({ media: "print" });
		const look = await page.evaluate(() => {
			const style = (s) => getComputedStyle(document.querySelector(s));
			return { ink: style(".report").color, up: style(".bars-key .b-up").backgroundColor, down: style(".bars-key .b-down").backgroundColor, planned: style(".bars-key .b-planned").borderTopStyle, unknown: style(".bars-key .b-unknown").backgroundImage, wide: document.documentElement.scrollWidth - innerWidth };
		});
		assert.deepEqual([look.ink, look.up, look.down, look.planned], ["rgb(0, 0, 0)", "rgb(255, 255, 255)", "rgb(0, 0, 0)", "dashed"]);
		assert.match(look.unknown, /repeating-linear-gradient/);
		assert.ok(look.wide <= 0);
		await page.context().close();
	}
	await own.close();
});

test("the report tells what was planned as it was ended, and offers a CSV", async () => {
	const page = await open(browser);
	const then = new Date(fixture.world.born - 40 * 86400e3 + 7 * 3600e3);
	await page.goto(`${fixture.url}/report/${then.toISOString().slice(0, 7)}`);
	await page.waitForSelector(".planned-work");
	assert.match(await page.innerText(".planned-work"), /1 giờ 30 phút[\s\S]*Đà Nẵng · ups-1 · thay pin/);
	assert.equal(await page.locator(".planned-work tr").count(), 1, "what was called off is not told");
	const [download] = await Promise.all([page.waitForEvent("download"), page.click(".csv")]);
	assert.match(download.suggestedFilename(), /^linewatch-2\d{3}-\d\d\.csv$/);
	const csv = readFileSync(await download.path(), "utf8");
	assert.match(csv, /^\ufeffkind,id,name,up_s/);
	assert.ok(csv.split("\r\n").length > 80);
	await page.context().close();
});
