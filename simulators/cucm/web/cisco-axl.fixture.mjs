// Run in a process of its own, so that NODE_EXTRA_CA_CERTS holds for it alone: host, user, password, schema, operations.
import { createRequire } from 'node:module'

const Axl = createRequire(import.meta.url)('cisco-axl')
const [host, user, password, schema, operations] = process.argv.slice(2)
const client = new Axl(host, user, password, schema)
const outcomes = []
for (const [name, tags] of JSON.parse(operations)) {
  outcomes.push(
    await client.executeOperation(name, tags).then(
      (result) => ({ result }),
      (error) => ({ error: error instanceof Error ? error.message : JSON.stringify(error) }),
    ),
  )
}
console.log(JSON.stringify(outcomes))
