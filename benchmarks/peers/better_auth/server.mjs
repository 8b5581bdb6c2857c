// POST {"key": ...}: the verdict of better-auth, which offers no such endpoint of its own.
import { createServer } from "node:http";
import { auth } from "./auth.mjs";

createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const { key } = JSON.parse(Buffer.concat(chunks));
  const body = Buffer.from(JSON.stringify(await auth.api.verifyApiKey({ body: { key } })));
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": body.length });
  response.end(body);
}).listen(Number(process.env.PORT), "127.0.0.1");
