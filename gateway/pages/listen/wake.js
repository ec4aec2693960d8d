// For pages that still ask for it here.

export { Wake } from "../session/wake.js";
