import type { Connection, HostNetwork } from '#runtime/network.ts'
import type { NameCheck } from './certificate-rule.ts'
import { isCertificateProblem } from './certificate-rule.ts'
import type { ServerAddress } from './edge-configuration.ts'
import { stageFailed } from './sign-in-stages.ts'

/** Connects to the first server that can be reached: over TLS where a name check is given, over TCP otherwise. */
export async function dialSip(
  network: HostNetwork,
  servers: readonly ServerAddress[],
  nameCheck?: (server: ServerAddress) => NameCheck,
): Promise<Connection> {
  let failure = stageFailed('SIP_SERVER_UNREACHABLE', 'no SIP server is known')
  for (const server of servers) {
    try {
      const [address = server.host] = await network.resolver.addresses(server.host)
      const to = { address, port: server.port }
      if (nameCheck === undefined) return await network.dialTcp({ to, protocol: 'SIP' })
      const tls = { serverName: server.host, checkName: nameCheck(server) }
      return await network.dialTls({ to, protocol: 'SIP', tls })
    } catch (error) {
      const token = isCertificateProblem(error) ? 'CERTIFICATE_VALIDATION_ERROR' : 'SIP_SERVER_UNREACHABLE'
      failure = stageFailed(token, (error as Error).message)
    }
  }
  throw failure
}
