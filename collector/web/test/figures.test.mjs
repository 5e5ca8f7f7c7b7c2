// The figures that people act on: percentages, spans, alarm quality, bars, heat, strips.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
if (!existsSync(join(here, "../node_modules/esbuild"))) {
	console.log("skipped: the packages of package-lock.json are not installed");
	process.exit(77);
}

const { build } = await import("esbuild");
const made = await build({
	stdin: {
		contents: `
			export * from "./lib/format"; export * from "./lib/quality"; export * from "./lib/uptime";
			export { partsOf } from "./ui/bars"; export { heatOf } from "./ui/heat"; export { joinStretches } from "./ui/strip";
			export { callsAffected } from "./lib/words";
			export { spotsOf } from "./lib/schema"; export { roleLook, withPart } from "./lib/spine";
			export { openGaps, alignColumns, stepsOf } from "./lib/plot";`,
		resolveDir: join(here, "../src"),
	},
	bundle: true,
	format: "esm",
	write: false,
	jsx: "automatic",
	jsxImportSource: "preact",
	plugins: [
		{
			name: "no words",
			setup(b) {
				b.onResolve({ filter: /^lang:/ }, (a) => ({ path: a.path, namespace: "l" }));
				b.onLoad({ filter: /.*/, namespace: "l" }, () => ({ contents: "{}", loader: "json" }));
			},
		},
	],
});
globalThis.document = { documentElement: { lang: "en", dataset: {} }, addEventListener() {} };
globalThis.location = { pathname: "/", search: "", origin: "http://x" };
globalThis.localStorage = { getItem: () => null };
const m = await import(`data:text/javascript;base64,${Buffer.from(made.outputFiles[0].text).toString("base64")}`);

test("a percentage is cut, never rounded up to 100", () => {
	assert.equal(m.percent(0.999999), "99.99 %");
	assert.equal(m.percent(1), "100 %");
	assert.equal(m.percent(0.9994), "99.94 %");
});

test("a span is told in at most two units", () => {
	assert.equal(m.span(42), "42 s");
	assert.equal(m.span(65), "1 min 5 s");
	assert.equal(m.span(42 * 60 + 10), "42 min");
	assert.equal(m.span(2 * 86400 + 3 * 3600 + 5), "2 d 3 h");
	assert.equal(m.span(0), "0 s");
});

test("unknown time lowers the percentage and is told", () => {
	const a = { up_s: 90, down_s: 0, planned_s: 100, unknown_s: 10 };
	assert.equal(m.shareUp(a), 0.9);
	assert.equal(m.shareUnknown(a), 0.05);
	assert.match(m.shareText(a), /^90\.00 % /);
});

test("one second down is still seen in a bar of a day, and parts fill the bar", () => {
	const parts = m.partsOf({ up_s: 86399, down_s: 1, planned_s: 0, unknown_s: 0 });
	assert.equal(parts[0].name, "b-down");
	assert.ok(parts[0].share > 7);
	assert.ok(Math.abs(parts.reduce((a, p) => a + p.share, 0) - 100) < 1e-9);
});

test("heat grows with the time down and unknown is not fine", () => {
	const of = (down_s, unknown_s = 0) => m.heatOf({ up_s: 86400 - down_s - unknown_s, down_s, planned_s: 0, unknown_s });
	assert.deepEqual([0, 1, 61, 601, 3601, 7 * 3600].map((d) => of(d)), ["0", "1", "1", "2", "3", "4"]);
	assert.equal(of(0, 50000), "unknown");
	assert.equal(m.heatOf({ up_s: 0, down_s: 0, planned_s: 0, unknown_s: 0 }), "none");
});

test("alarm quality counts floods, chatter and precision", () => {
	const at = (s) => new Date(Date.UTC(2026, 0, 1, 0, 0, s)).toISOString();
	const alarm = (s, name, severity = "minor") => ({ at: at(s), type: "alarm", entity: "x", data: { alarm: name, state: "raised", severity } });
	const log = [
		...Array.from({ length: 10 }, (_, i) => alarm(i, `a${i}`)),
		alarm(700, "c"), alarm(720, "c"), alarm(740, "c", "critical"),
		{ at: at(1), type: "page", entity: null, data: { incident: 1, to: "lan", reason: "opened" } },
		{ at: at(2), type: "page", entity: null, data: { incident: 1, to: "lan", reason: "resolved" } },
		{ at: at(9), type: "verdict", entity: null, data: { verdict: "useful" } },
		{ at: at(9), type: "verdict", entity: null, data: { verdict: "noise" } },
	];
	const from = Date.UTC(2026, 0, 1);
	const q = m.judge(log, from, from + 6000e3);
	assert.equal(q.alarms, 13);
	assert.equal(q.worstTenMinutes, 10);
	assert.equal(q.floodShare, 0.1);
	assert.deepEqual(q.chattering, [{ name: "c", times: 1 }]);
	assert.equal(q.precision, 0.5);
	assert.equal(q.pages, 1);
	assert.equal(q.priorities.critical, 1);
});

test("a gap in a series breaks the line", () => {
	const h = { entity: "x", metric: "m", unit: "", from: "", to: "", resolution_s: 0, t: [1, 2, 10, 11], min: [1, 1, 1, 1], avg: [1, 1, 1, 1], max: [1, 1, 1, 1], gaps: [{ from: 3, until: 9, reason: "unreachable" }] };
	const o = m.openGaps(h);
	assert.deepEqual(o.t, [1, 2, 3, 10, 11]);
	assert.deepEqual(o.avg, [1, 1, null, 1, 1]);
});

test("two devices share one axis of time", () => {
	const h = (t, v) => ({ t, min: v, avg: v, max: v, gaps: [] });
	const { t, columns } = m.alignColumns([h([1, 3], [5, 6]), h([2, 3], [7, 8])]);
	assert.deepEqual(t, [1, 2, 3]);
	assert.deepEqual(columns[0], [5, undefined, 6]);
	assert.deepEqual(columns[3], [undefined, 7, 8]);
});

test("callers affected follow the hour on the centre's own clocks and the seats that are lost", () => {
	const site = (seats_ready, calls_per_hour) => ({ timezone: "Asia/Ho_Chi_Minh", calls_per_hour, capacity: { seats_ready, seats_total: 4 } });
	const day = Array.from({ length: 24 }, (_, h) => (h === 2 ? 60 : 0));
	const two = Date.UTC(2026, 10, 21, 19, 30);
	assert.equal(m.callsAffected([site(1, day), site(4, day), site(0, null)], two), 0.75);
	assert.equal(m.callsAffected([site(1, day)], two + 3600e3), 0);
	assert.equal(m.callsAffected([site(0, null)], two), null);
});

test("neighbouring stretches of one state become one", () => {
	assert.deepEqual(
		m.joinStretches([
			{ from: 0, until: 5000, look: "full" },
			{ from: 5000, until: 9000, look: "full" },
			{ from: 9000, until: 9000, look: "dark" },
		]),
		[{ from: 0, until: 9000, look: "full" }],
	);
});

const centre = (id, north, east, parts = []) => ({ id, location: north === undefined ? null : [north, east], parts });

test("the schematic keeps north above south, west before east, and names apart", () => {
	const three = m.spotsOf([centre("angiang", 10.38, 105.43), centre("hanoi", 21.03, 105.85), centre("danang", 16.05, 108.21)]);
	assert.deepEqual(three.map((s) => s.site.id), ["hanoi", "danang", "angiang"]);
	assert.ok(three[1].x > three[0].x && three[0].x > three[2].x);
	assert.ok(Math.abs(three[1].y - (100 * (21.03 - 16.05)) / (21.03 - 10.38)) < 0.01, "distances are kept");
	const near = m.spotsOf([centre("a", 21, 105), centre("b", 20.9, 105), centre("c", 10, 105)]);
	assert.ok(near[1].y - near[0].y >= 16);
	const south = m.spotsOf([centre("a", 21, 105), centre("b", 10.1, 105), centre("c", 10, 105)]);
	assert.ok(south[2].y <= 100 && south[2].y - south[1].y >= 16);
});

test("centres without a place, and many of them, stand in rows", () => {
	const bare = m.spotsOf([centre("a"), centre("b", 10, 105), centre("c")]);
	assert.deepEqual(bare.map((s) => [s.site.id, s.y]), [["a", 0], ["b", 50], ["c", 100]]);
	const many = m.spotsOf(Array.from({ length: 63 }, (_, i) => centre(`s${i}`, 23 - i * i * 0.003, 105)));
	assert.ok(many.every((s, i) => Math.abs(s.y - (100 * i) / 62) < 0.01));
	assert.equal(m.spotsOf([centre("a", 21, 105)])[0].y, 50);
	assert.deepEqual(m.spotsOf([]), []);
});

test("one working part of a role is enough; an alarm makes it degraded", () => {
	const part = (id, state, alarms = 0, role = "pbx") => ({ id, role, state, alarms });
	const site = centre("a", 1, 1, [part("a/1", "down"), part("a/2", "up", 1), part("a/3", "unknown", 0, "link")]);
	assert.equal(m.roleLook(site, "pbx"), "degraded");
	assert.equal(m.roleLook(site, "link"), "unknown");
	assert.equal(m.roleLook(site, "power"), null);
	const [after] = m.withPart([site], "a/2", () => ({ alarms: 0 }));
	assert.equal(m.roleLook(after, "pbx"), "full");
	const list = [site];
	assert.equal(m.withPart(list, "b/9", () => ({})), list);
});

test("an axis has no step that its words cannot tell", () => {
	assert.deepEqual(m.stepsOf(0).slice(0, 4), [1, 2, 5, 10]);
	assert.equal(m.stepsOf(1)[0], 0.1);
});
