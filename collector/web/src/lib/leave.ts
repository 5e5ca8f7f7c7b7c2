import { remove } from "./api";
import { complain } from "./acts";

/** The page begins anew, so that nothing of what it showed stays behind. */
export function signOut(): void {
	remove("/session").then(() => location.assign("/signin"), complain);
}
