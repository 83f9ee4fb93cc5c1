import type { HostNetwork } from '#runtime/network.ts'

/** The same network, for a client that lives at one of the host's addresses. */
export function networkFrom(network: HostNetwork, address: string): HostNetwork {
  return {
    ...network,
    addresses: [address],
    dialTcp: (options) => network.dialTcp({ from: address, ...options }),
    dialTls: (options) => network.dialTls({ from: address, ...options }),
    udp: (options) => network.udp({ address, ...options }),
  }
}
