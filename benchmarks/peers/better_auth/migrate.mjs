// The tables, as the package makes them.
import { getMigrations } from "better-auth/db/migration";
import { options } from "./auth.mjs";

const { runMigrations } = await getMigrations(options);
await runMigrations();
await options.database.end();
