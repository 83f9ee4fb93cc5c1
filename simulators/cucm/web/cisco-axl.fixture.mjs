// Run in a process of its own, so that NODE_EXTRA_CA_CERTS holds for it alone: host, user, password, schema, operation, tags.
import { createRequire } from 'node:module'

const Axl = createRequire(import.meta.url)('cisco-axl')
const [host, user, password, schema, operation, tags] = process.argv.slice(2)
try {
  const result = await new Axl(host, user, password, schema).executeOperation(operation, JSON.parse(tags))
  console.log(JSON.stringify({ result }))
} catch (error) {
  const text =
    error instanceof Error
      ? `${error.message} ${error.response?.status ?? error.response?.statusCode ?? ''}`
      : JSON.stringify(error)
  console.log(JSON.stringify({ error: text, body: String(error?.body ?? error?.response?.body ?? '') }))
}
