// A long list that draws only what is in view; rows of one height; more is fetched near the end.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface Props<T> {
	items: T[];
	height: number;
	row: (item: T) => ComponentChildren;
	keyOf: (item: T) => string;
	onEnd?: () => void;
	label: string;
}

const SPARE = 8;

export function VirtualList<T>(p: Props<T>) {
	const ref = useRef<HTMLDivElement>(null);
	const [range, set] = useState({ first: 0, last: 40 });
	useEffect(() => {
		const measure = () => {
			const top = ref.current!.getBoundingClientRect().top;
			const first = Math.max(0, Math.floor(-top / p.height) - SPARE);
			const last = first + Math.ceil(innerHeight / p.height) + 2 * SPARE;
			set((r) => (r.first === first && r.last === last ? r : { first, last }));
			if (last >= p.items.length) p.onEnd?.();
		};
		measure();
		addEventListener("scroll", measure, { passive: true });
		addEventListener("resize", measure);
		return () => {
			removeEventListener("scroll", measure);
			removeEventListener("resize", measure);
		};
	}, [p.items.length, p.height, p.onEnd]);
	const shown = p.items.slice(range.first, range.last);
	return (
		<div ref={ref} role="list" aria-label={p.label} class="virtual" style={{ height: `${p.items.length * p.height}px` }}>
			{shown.map((item, i) => (
				<div
					role="listitem"
					key={p.keyOf(item)}
					class="virtual-row"
					style={{ top: `${(range.first + i) * p.height}px`, height: `${p.height}px` }}
				>
					{p.row(item)}
				</div>
			))}
		</div>
	);
}
