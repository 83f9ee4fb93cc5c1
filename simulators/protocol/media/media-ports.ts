import type { Endpoint, HostNetwork, UdpPort } from '#runtime/network.ts'

/** An even port for RTP and the next one for RTCP (RFC 3550 §11). */
export interface MediaPorts {
  readonly rtp: UdpPort
  readonly rtcp: UdpPort
  close(): Promise<void>
}

export interface MediaPortOptions {
  readonly network: HostNetwork
  /** First and last port of the endpoint's media range. */
  readonly range: readonly [number, number]
  readonly onRtp: (packet: Buffer, from: Endpoint) => void
  readonly onRtcp: (packet: Buffer, from: Endpoint) => void
}

/** Takes a free pair of the range by trying; rejects when forty pairs were taken. */
export async function openMediaPorts({ network, range, onRtp, onRtcp }: MediaPortOptions): Promise<MediaPorts> {
  for (let attempt = 0; ; attempt++) {
    const port = network.random.integer(Math.ceil(range[0] / 2), Math.floor((range[1] - 1) / 2)) * 2
    try {
      return await openPair(network, port, onRtp, onRtcp)
    } catch (error) {
      if ((error as { code?: string }).code !== 'EADDRINUSE' || attempt >= 40) throw error
    }
  }
}

type Take = (packet: Buffer, from: Endpoint) => void

async function openPair(network: HostNetwork, port: number, onRtp: Take, onRtcp: Take): Promise<MediaPorts> {
  const rtp = await network.udp({ port, protocol: 'RTP', onMessage: onRtp })
  try {
    const rtcp = await network.udp({ port: port + 1, protocol: 'RTCP', onMessage: onRtcp })
    return { rtp, rtcp, close: async () => void (await Promise.all([rtp.close(), rtcp.close()])) }
  } catch (error) {
    await rtp.close()
    throw error
  }
}
