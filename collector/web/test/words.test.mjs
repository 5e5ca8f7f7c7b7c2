// Every text that the page asks for stands in the catalogue in both languages, and every row of
// web.json is asked for by somebody.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../..");
const read = (f) => JSON.parse(readFileSync(join(root, "i18n", f), "utf8"));
const web = read("web.json");
const all = { ...read("alarm.json"), ...read("word.json"), ...read("drill.json"), ...read("event.json"), ...read("metric.json"), ...web };

function sources(folder) {
	return readdirSync(folder, { withFileTypes: true }).flatMap((e) => {
		const full = join(folder, e.name);
		return e.isDirectory() ? sources(full) : /\.tsx?$/.test(e.name) ? [readFileSync(full, "utf8")] : [];
	});
}
const text = sources(join(here, "../src")).join("\n");

/** Keys in full, and the prefixes of keys that are put together: `range.${n}` gives "range.". */
const literal = new Set([...text.matchAll(/"([a-z_]+(?:\.[a-z0-9_]+)+)"/g)].map((m) => m[1]));
const prefixes = [...new Set([...text.matchAll(/`([a-z_]+\.(?:[a-z_]+[._])?)\$\{/g)].map((m) => m[1]))];
const plain = new Set([...text.matchAll(/\bt(?:Or)?\(\s*"([a-z_.0-9]+)"/g)].map((m) => m[1]));

test("every key that is asked for stands in a catalogue", () => {
	const missing = [...plain].filter((k) => !(k in all));
	assert.deepEqual(missing, []);
	for (const p of prefixes) assert.ok(Object.keys(all).some((k) => k.startsWith(p)), `nothing begins with ${p}`);
});

test("every row of web.json is used", () => {
	const used = (k) => literal.has(k) || plain.has(k) || prefixes.some((p) => k.startsWith(p)) || text.includes(`"${k}"`);
	assert.deepEqual(Object.keys(web).filter((k) => !used(k)), []);
});

test("both languages are there and name the same places", () => {
	const places = (s) => [...s.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join();
	for (const [k, row] of Object.entries(web)) {
		assert.ok(row.vi && row.en, `${k} lacks a language`);
		assert.equal(places(row.vi), places(row.en), k);
	}
});
