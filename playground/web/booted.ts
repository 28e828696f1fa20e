// Runs as soon as the parts of the worker are there.

import { boot } from "./boot";

window.booted = boot();
