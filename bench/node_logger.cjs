// Stands in for Node-RED with one INSERT a message (mqtt-in, function, PostgreSQL pool of 8, ON CONFLICT; shared facts,
// collector section 6): its two libraries without its own engine, so that it is rather quicker than what it stands for.
// Like the flow it does not tie the acknowledgement to the insert. Wants `npm install mqtt pg` in the folder NODE_PATH.
// Usage: node bench/node_logger.cjs '{"port", "tls", "postgres", "count"}'; prints one JSON object.
const fs = require("fs");
const mqtt = require("mqtt");
const { Pool } = require("pg");

const { port, tls, postgres, count } = JSON.parse(process.argv[2]);
const pool = new Pool({ host: postgres, user: "collector", database: "postgres", max: 8 });
const INSERT = "INSERT INTO message VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

async function main() {
  await pool.query("CREATE TABLE message (id TEXT PRIMARY KEY, seq INTEGER, message TEXT)");
  const began = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  const client = mqtt.connect({
    host: "localhost", port, protocol: "mqtts", clientId: "collector", protocolVersion: 5, clean: false,
    properties: { sessionExpiryInterval: 3600 },
    ca: fs.readFileSync(`${tls}/ca.pem`),
    cert: fs.readFileSync(`${tls}/collector.pem`),
    key: fs.readFileSync(`${tls}/collector.key`),
  });
  let left = count;
  client.on("error", (error) => { console.error(error.message); process.exit(1); });
  client.on("message", async (_topic, payload) => {
    const text = payload.toString();
    const fields = JSON.parse(text);
    await pool.query(INSERT, [fields.id, fields.seq, text]);
    left -= 1;
    if (left > 0) return;
    const used = process.cpuUsage(cpu);
    const took_s = Number(process.hrtime.bigint() - began) / 1e9;
    console.log(JSON.stringify({ took_s, cpu_s: (used.user + used.system) / 1e6 }));
    process.exit(0);
  });
}

main();
