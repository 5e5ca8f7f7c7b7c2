// A wide thing on a narrow screen: it scrolls by itself, also with the keyboard.
import type { ComponentChildren } from "preact";

export function Scroll({ label, children }: { label: string; children: ComponentChildren }) {
	return (
		<div class="scroll" tabIndex={0} role="region" aria-label={label}>
			{children}
		</div>
	);
}
