// Forgets who did what with which file, and from where, once the tenant file's delay is over. The
// product never does.
// In the environment: MONGODB and STORAGE_DB_NAME as the storage has them, EVENTS_COLLECTION,
// EVENTS_DATE, EVENTS_KEPT_S, DRIVER_FROM (a folder whose dependencies hold the driver).
// Out: {"changed", "removed", "left"}; `left` counts what is still older, so 0.

import { createRequire } from "node:module";
import { answer } from "./answer.mjs";

await answer(async () => {
  const { MONGODB, STORAGE_DB_NAME, EVENTS_COLLECTION, EVENTS_DATE, EVENTS_KEPT_S, DRIVER_FROM } = process.env;
  const { MongoClient } = createRequire(`${DRIVER_FROM}/`)("mongodb");
  const client = new MongoClient(`${MONGODB}/${STORAGE_DB_NAME}`, { serverSelectionTimeoutMS: 20000 });
  try {
    const events = client.db().collection(EVENTS_COLLECTION);
    const old = { [EVENTS_DATE]: { $lt: new Date(Date.now() - Number(EVENTS_KEPT_S) * 1000) } };
    const { deletedCount } = await events.deleteMany(old);
    return { changed: deletedCount > 0, removed: deletedCount, left: await events.countDocuments(old) };
  } finally {
    await client.close();
  }
});
