// The centres from north to south and their lines to the collector in Hanoi. A schematic and no
// map: places are right to each other, nothing else is drawn. A line that is well is thin and
// quiet; any other carries its shape.
import { t } from "../lib/i18n";
import { incidents } from "../lib/live";
import { spotsOf, type Spot } from "../lib/schema";
import { roleLook } from "../lib/spine";
import type { Site } from "../lib/types";
import { capacityWord, LOOK_WORD, Shape, type Look } from "./state";

const TRUNK = 82; // per cent of the width

const quiet = (s: Spot, look: Look) => s.site.capacity.state === "full" && look === "full";

/** Centres that nothing is heard from: their line is cut, whatever was last known of their router. */
function isolated(): Set<string> {
	const open = [...incidents.value.values()].filter((i) => i.state === "open");
	return new Set(open.flatMap((i) => (i.site && i.alarms.includes(`${i.site}/isolated`) ? [i.site] : [])));
}

function Line({ s, look }: { s: Spot; look: Look }) {
	return (
		<div class={`wire w-${look}`} style={{ left: `${s.x}%`, width: `${TRUNK - s.x}%`, top: `${s.y}%` }}>
			{look !== "full" && <Shape look={look} />}
		</div>
	);
}

export function Schema({ sites, names }: { sites: Site[]; names: boolean }) {
	const cut = isolated();
	const spots = spotsOf(sites).map((s) => ({ s, look: cut.has(s.site.id) ? ("critical" as Look) : (roleLook(s.site, "link") ?? "unknown") }));
	const last = Math.max(...spots.map(({ s }) => s.y));
	const list = spots
		.filter(({ s, look }) => names || !quiet(s, look))
		.map(({ s, look }) => `${s.site.name} ${capacityWord(s.site.capacity.state)}, ${t("spine.link")} ${t(LOOK_WORD[look])}`)
		.join("; ");
	return (
		<figure class={names ? "schema" : "schema crowd"} role="img" aria-label={t("schema.label", { list })}>
			<b class="hub" style={{ left: `${TRUNK}%` }}>
				111
			</b>
			<div class="country">
				<div class="trunk" style={{ left: `${TRUNK}%`, height: `${last}%` }} />
				{spots.map(({ s, look }) => (
					<Line key={s.site.id} s={s} look={look} />
				))}
				{spots.map(({ s, look }) => (
					<div key={s.site.id} class="spot" style={{ left: `${s.x}%`, top: `${s.y}%` }}>
						<Shape look={s.site.capacity.state} />
						{(names || !quiet(s, look)) && <span>{s.site.name}</span>}
					</div>
				))}
			</div>
		</figure>
	);
}
