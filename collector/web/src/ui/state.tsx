// State as shape, word and colour. The six shapes differ in greyscale and at any size.
import type { JSX } from "preact";
import { t } from "../lib/i18n";
import type { CapacityState, Device, EntityState, Incident, Severity } from "../lib/types";
import { isOver } from "../lib/words";

export type Look = "full" | "degraded" | "critical" | "dark" | "planned" | "unknown";

/** The word of a look, as a key of the catalogue. */
export const LOOK_WORD: Record<Look, string> = {
	full: "capacity.full",
	degraded: "capacity.degraded",
	critical: "capacity.critical",
	dark: "capacity.dark",
	planned: "state.planned",
	unknown: "capacity.unknown",
};

const DRAWING: Record<Look, JSX.Element> = {
	full: <circle cx="8" cy="8" r="6.5" fill="currentColor" />,
	degraded: <path d="M8 1 15.5 14.5H.5Z" fill="currentColor" />,
	critical: <path d="M8 0 16 8 8 16 0 8Z" fill="currentColor" />,
	dark: (
		<>
			<rect x="0" y="0" width="16" height="16" fill="#000" />
			<rect x="2.5" y="2.5" width="11" height="11" fill="#fff" />
		</>
	),
	planned: (
		<circle cx="8" cy="8" r="6.3" fill="none" stroke="currentColor" stroke-width="2.2" stroke-dasharray="3.3 2.5" />
	),
	unknown: (
		<>
			<rect x="1" y="1" width="14" height="14" fill="none" stroke="currentColor" stroke-width="1.5" />
			<path d="M1 8 8 1M1 15 15 1M8 15l7-7" stroke="currentColor" stroke-width="1.8" />
		</>
	),
};

export function Shape({ look }: { look: Look }) {
	return (
		<svg class={`shape s-${look}`} viewBox="0 0 16 16" aria-hidden="true">
			{DRAWING[look]}
		</svg>
	);
}

export function State({ look, word }: { look: Look; word: string }) {
	return (
		<span class={`state s-${look}`}>
			<Shape look={look} />
			{word}
		</span>
	);
}

export const capacityWord = (s: CapacityState) => t(`capacity.${s}`);

export function CapacityMark({ state }: { state: CapacityState }) {
	return <State look={state} word={capacityWord(state)} />;
}

export const ENTITY_LOOK: Record<EntityState, Look> = {
	up: "full",
	down: "critical",
	planned: "planned",
	unknown: "unknown",
};

function EntityMark({ state }: { state: EntityState }) {
	return <State look={ENTITY_LOOK[state]} word={t(`state.${state}`)} />;
}

/** A device that works and has an alarm is not simply up. */
export function DeviceMark({ d }: { d: Device }) {
	if (d.state === "up" && d.alarms.length) return <State look="degraded" word={t("state.alarm")} />;
	return <EntityMark state={d.state} />;
}

/** What an incident looks like: by its severity, at rest when it is over or shelved. */
export const lookOf = (i: Incident): Look =>
	i.state === "closed" || isOver(i) ? "full" : i.shelved ? "planned" : SEVERITY_LOOK[i.severity];

const SEVERITY_LOOK: Record<Severity, Look> = {
	critical: "critical",
	major: "critical",
	minor: "degraded",
	warning: "degraded",
};
