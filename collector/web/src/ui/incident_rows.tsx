// Incidents as rows: what, where, since when, who has it.
import { number, when } from "../lib/format";
import { t } from "../lib/i18n";
import { now } from "../lib/live";
import type { Incident } from "../lib/types";
import { alarmWord, holder, isOver, placeOf, thingOf } from "../lib/words";
import { Lasting } from "./age";
import { lookOf, Shape } from "./state";

export function IncidentRows({ list }: { list: Incident[] }) {
	if (!list.length) return <p class="empty">{t("incidents.none")}</p>;
	return (
		<ul class="rows">
			{list.map((i) => {
				const closed = i.state === "closed";
				const thing = thingOf(i);
				return (
					<li key={i.incident}>
						<a class={closed ? "inc closed" : "inc"} href={`/i/${i.incident}`} data-row data-incident={closed ? undefined : i.incident}>
							<Shape look={lookOf(i)} />
							<span class="what">
								<b>{placeOf(i)}</b> · {alarmWord(i.root_code)}
								{thing && <span class="quiet"> · {thing}</span>}
							</span>
							<span class="meta">
								{closed || isOver(i) ? holder(i) : t(`severity.${i.severity}`)} · {when(Date.parse(i.opened_at), now.value)} ·{" "}
								<Lasting at={i.opened_at} until={i.closed_at} />
								{!closed && !isOver(i) && ` · ${holder(i)}`}
								{i.seats.length > 0 && ` · ${t("wall.cost", { seats: number(i.seats.length) })}`}
							</span>
						</a>
					</li>
				);
			})}
		</ul>
	);
}
