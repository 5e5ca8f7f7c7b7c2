// A wide thing on a narrow screen: it scrolls by itself, also with the keyboard.
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** newest: begin at the right end, where the present is. */
export function Scroll({ label, newest, children }: { label: string; newest?: boolean; children: ComponentChildren }) {
	const ref = useRef<HTMLDivElement>(null);
	useLayoutEffect(() => {
		if (newest && ref.current) ref.current.scrollLeft = ref.current.scrollWidth;
	}, []);
	return (
		<div class="scroll" ref={ref} tabIndex={0} role="region" aria-label={label}>
			{children}
		</div>
	);
}
