import { createServer } from 'node:net'

/**
 * Holds a name that only one process of this network namespace can hold, until it is released or the process ends; the
 * value is undefined where somebody holds it. (An abstract unix socket: the kernel decides, and no file is left behind.)
 */
export function holdName(name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: Error & { code?: string }) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    )
    server.listen(`\0${name}`, () => {
      server.unref()
      resolve(() => void server.close())
    })
  })
}
