import { createServer } from 'node:net'

/** True where ports below 1024 can be bound on `address` (loopback). */
export function mayBindLowPorts(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: Error & { code?: string }) => resolve(error.code !== 'EACCES'))
    server.listen({ host: address, port: 53 }, () => server.close(() => resolve(true)))
  })
}
