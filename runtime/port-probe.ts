import { createServer } from 'node:net'

/** What binding a TCP port came to: it worked (and is undone), or the system's error code, such as EADDRINUSE or EACCES. */
export function tryPort(address: string, port: number): Promise<'free' | (string & {})> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: Error & { code?: string }) => resolve(error.code ?? error.message))
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve('free')))
  })
}

/** True where ports below 1024 can be bound on `address` (loopback); whether port 53 is taken does not count. */
export async function mayBindLowPorts(address: string): Promise<boolean> {
  return (await tryPort(address, 53)) !== 'EACCES'
}
