import { loadSession, remove } from "./api";
import { complain } from "./acts";
import { go } from "./router";

export function signOut(): void {
	remove("/session")
		.then(loadSession)
		.then(() => go("/signin"))
		.catch(complain);
}
