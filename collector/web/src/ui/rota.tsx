// The rota: a calendar of the next weeks, what people changed in it, and the forms to change it.
import { useState } from "preact/hooks";
import { complain, say, withName } from "../lib/acts";
import { idPath, mayAct, post, remove } from "../lib/api";
import { dayShort, dayTime, fromLocal, span, toLocal, weekday } from "../lib/format";
import { t } from "../lib/i18n";
import { minute, personName } from "../lib/live";
import type { Holiday, Oncall, Shift, Swap } from "../lib/types";
import { State } from "./state";

const DAY = 86400e3;
const WEEKS = 4;
const LOCAL = 7 * 3600e3;

export const nameOf = (o: Oncall, id: string | null) => o.people.find((p) => p.id === id)?.name ?? id ?? "–";

interface Span {
	from: number;
	until: number;
}

/** Tomorrow from eight to eight: what most swaps are about. */
export function nextDay(): Span {
	const from = Math.floor((minute.peek() + LOCAL) / DAY) * DAY - LOCAL + DAY + 8 * 3600e3;
	return { from, until: from + DAY };
}

function titleOf(o: Oncall, s: Shift): string {
	const kind = s.kind === "rotation" ? "" : ` (${[t(`oncall.kind_${s.kind}`), s.label].filter(Boolean).join(": ")})`;
	return `${nameOf(o, s.person)}${kind}: ${dayTime(Date.parse(s.from))} – ${dayTime(Date.parse(s.until))}`;
}

function Bar({ o, s, week, pick }: { o: Oncall; s: Shift; week: number; pick?: (s: Shift) => void }) {
	const from = Math.max(Date.parse(s.from), week);
	const until = Math.min(Date.parse(s.until), week + 7 * DAY);
	if (until <= from) return null;
	const look = {
		class: `shift shift-${o.people.findIndex((p) => p.id === s.person) % 4} shift-${s.kind}`,
		style: { left: `${(100 * (from - week)) / (7 * DAY)}%`, width: `${(100 * (until - from)) / (7 * DAY)}%` },
		title: titleOf(o, s),
	};
	const words = (
		<>
			{nameOf(o, s.person)}
			{s.kind !== "rotation" && <span class="quiet"> · {s.label ?? t(`oncall.kind_${s.kind}`)}</span>}
		</>
	);
	if (!pick) return <span {...look}>{words}</span>;
	return (
		<button type="button" {...look} onClick={() => pick(s)}>
			{words}
		</button>
	);
}

export function Rota({ o, pick }: { o: Oncall; pick?: (s: Shift) => void }) {
	const today = Math.floor((minute.value + LOCAL) / DAY) * DAY - LOCAL;
	const monday = today - ((new Date(today + LOCAL).getUTCDay() + 6) % 7) * DAY;
	const weeks = Array.from({ length: WEEKS + 1 }, (_, w) => monday + w * 7 * DAY);
	return (
		<div class="rota">
			{weeks.map((w) => (
				<div class="rota-week" key={w}>
					{Array.from({ length: 7 }, (_, d) => (
						<span key={d} class={w + d * DAY === today ? "rota-day today" : "rota-day"} style={{ left: `${(100 * d) / 7}%` }}>
							<span class="weekday">{weekday(w + d * DAY)} </span>
							{dayShort(w + d * DAY)}
						</span>
					))}
					{o.shifts.map((s) => (
						<Bar key={s.from + s.person} o={o} s={s} week={w} pick={pick} />
					))}
				</div>
			))}
		</div>
	);
}

function Change({ turn, what, undo }: { turn: Swap | Holiday; what: string; undo: () => void }) {
	const words = ["reason" in turn ? turn.reason : null, turn.by && personName(turn.by), turn.configured ? t("oncall.configured") : null];
	return (
		<li class="window">
			<State look="planned" word={t("reason" in turn ? "oncall.kind_swap" : "oncall.kind_holiday")} />
			<span>
				<b>{what}</b>
				<br />
				<span class="quiet small">
					{[`${dayTime(Date.parse(turn.from))} – ${dayTime(Date.parse(turn.until))}`, ...words].filter(Boolean).join(" · ")}
				</span>
			</span>
			{!turn.configured && mayAct() && (
				<button class="button" onClick={undo}>
					{t("oncall.undo")}
				</button>
			)}
		</li>
	);
}

/** What people changed and can take back. */
export function Changes({ o, again }: { o: Oncall; again: () => void }) {
	const undo = (path: string) => remove(path).then(() => (say(t("oncall.undone")), again()), complain);
	if (!o.swaps.length && !o.holidays.length) return null;
	return (
		<ul class="rows">
			{o.swaps.map((s) => (
				<Change key={s.id} turn={s} what={t("oncall.takes", { who: nameOf(o, s.person) })} undo={() => undo(`/oncall/swaps/${idPath(s.id)}`)} />
			))}
			{o.holidays.map((h) => (
				<Change
					key={h.id}
					turn={h}
					what={`${h.name}: ${h.people.map((p) => nameOf(o, p)).join(", ")} (${span(h.shift_s)})`}
					undo={() => undo(`/oncall/holidays/${idPath(h.id)}`)}
				/>
			))}
		</ul>
	);
}

/** Two inputs of Vietnam's clock. */
function useSpan(first: Span) {
	const [from, setFrom] = useState(toLocal(first.from));
	const [until, setUntil] = useState(toLocal(first.until));
	const long = (fromLocal(until) - fromLocal(from)) / 1000;
	const fields = (
		<>
			<label class="field">
				<span>{t("maintenance.from")}</span>
				<input class="input" type="datetime-local" required value={from} onInput={(e) => setFrom(e.currentTarget.value)} />
			</label>
			<label class="field">
				<span>
					{t("maintenance.until")} {long > 0 && `(${span(long)})`}
				</span>
				<input class="input" type="datetime-local" required value={until} onInput={(e) => setUntil(e.currentTarget.value)} />
			</label>
		</>
	);
	const body = () => ({ from: new Date(fromLocal(from)).toISOString(), until: new Date(fromLocal(until)).toISOString() });
	return { fields, body, ok: long > 0 };
}

export function SwapForm({ o, picked, done }: { o: Oncall; picked: Span; done: () => void }) {
	const holder = o.shifts.find((s) => Date.parse(s.from) <= picked.from && Date.parse(s.until) > picked.from)?.person;
	const [person, setPerson] = useState(o.people.find((p) => p.id !== holder)?.id ?? "");
	const [reason, setReason] = useState("");
	const { fields, body, ok } = useSpan(picked);
	const save = (e: Event) => {
		e.preventDefault();
		withName((by) => {
			post<Swap>("/oncall/swaps", { person, ...body(), reason: reason.trim() || undefined, by }).then(
				(s) => (say(t("oncall.swapped", { who: nameOf(o, s.person), from: dayTime(Date.parse(s.from)) })), done()),
				complain,
			);
		});
	};
	return (
		<form class="panel form plan-form swap-form" onSubmit={save}>
			<label class="field">
				<span>{t("oncall.swap_who")}</span>
				<select class="input" value={person} onChange={(e) => setPerson(e.currentTarget.value)}>
					{o.people.map((p) => (
						<option key={p.id} value={p.id}>
							{p.name}
						</option>
					))}
				</select>
			</label>
			{fields}
			<label class="field">
				<span>{t("reason")}</span>
				<input class="input" maxLength={200} value={reason} onInput={(e) => setReason(e.currentTarget.value)} />
			</label>
			<div class="actions">
				<button class="button main" disabled={!ok || !person}>
					{t("oncall.swap_save")}
				</button>
			</div>
		</form>
	);
}

const SHIFT_H = [8, 12, 24];

function Order({ o, people, set }: { o: Oncall; people: string[]; set: (ids: string[]) => void }) {
	const press = (id: string) => set(people.includes(id) ? people.filter((p) => p !== id) : [...people, id]);
	return (
		<div class="field">
			<span>{t("oncall.holiday_people")}</span>
			<div class="chips" role="group" aria-label={t("oncall.holiday_people")}>
				{o.people.map((p) => (
					<button type="button" class="chip" key={p.id} aria-pressed={people.includes(p.id)} onClick={() => press(p.id)}>
						{people.includes(p.id) && `${people.indexOf(p.id) + 1}. `}
						{p.name}
					</button>
				))}
			</div>
		</div>
	);
}

export function HolidayForm({ o, done }: { o: Oncall; done: () => void }) {
	const [name, setName] = useState("");
	const [people, setPeople] = useState<string[]>([]);
	const [hours, setHours] = useState(24);
	const { fields, body, ok } = useSpan(nextDay());
	const save = (e: Event) => {
		e.preventDefault();
		withName((by) => {
			post<Holiday>("/oncall/holidays", { name: name.trim(), people, shift_s: hours * 3600, ...body(), by }).then(
				(h) => (say(t("oncall.planned", { name: h.name })), setName(""), setPeople([]), done()),
				complain,
			);
		});
	};
	return (
		<form class="panel form plan-form holiday-form" onSubmit={save}>
			<label class="field">
				<span>{t("oncall.holiday_name")}</span>
				<input class="input" required maxLength={200} value={name} onInput={(e) => setName(e.currentTarget.value)} />
			</label>
			{fields}
			<Order o={o} people={people} set={setPeople} />
			<div class="field">
				<span>{t("oncall.holiday_shift")}</span>
				<div class="chips" role="group" aria-label={t("oncall.holiday_shift")}>
					{SHIFT_H.map((h) => (
						<button type="button" class="chip" key={h} aria-pressed={h === hours} onClick={() => setHours(h)}>
							{t("hours", { n: h })}
						</button>
					))}
				</div>
			</div>
			<div class="actions">
				<button class="button main" disabled={!ok || !people.length || !name.trim()}>
					{t("oncall.holiday_save")}
				</button>
			</div>
		</form>
	);
}
