// The smallest better-auth that has API keys: its own schema, its own verification.
import { apiKey } from "@better-auth/api-key";
import { betterAuth } from "better-auth";
import pg from "pg";

const DAY_MILLISECONDS = 86_400_000;

export const options = {
  baseURL: "http://127.0.0.1",
  secret: "a secret of a benchmark, under which nothing is kept",
  database: new pg.Pool({ connectionString: process.env.DATABASE_URL }),
  telemetry: { enabled: false },
  logger: { level: "error" },
  plugins: [
    apiKey({
      // Asked on every request, and never reached.
      rateLimit: { enabled: true, timeWindow: DAY_MILLISECONDS, maxRequests: 1_000_000_000 },
    }),
  ],
};

export const auth = betterAuth(options);
