import { masterBytes } from './srtp.ts'

/** The audio of a session description, as far as the load generator needs it. */
export interface AudioEnd {
  readonly address: string
  readonly port: number
  /** SRTP master key and salt; RTP/AVP without. */
  readonly master: Buffer | undefined
}

/** One audio stream, PCMU, 20 ms. */
export function writeDescription({ address, port, master }: AudioEnd, version: number): string {
  const profile = master === undefined ? 'RTP/AVP' : 'RTP/SAVP'
  return [
    'v=0',
    `o=load ${port} ${version} IN IP4 ${address}`,
    's=SIP Call',
    `c=IN IP4 ${address}`,
    'b=AS:64',
    't=0 0',
    `m=audio ${port} ${profile} 0`,
    'a=rtpmap:0 PCMU/8000',
    'a=ptime:20',
    ...(master === undefined ? [] : [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${master.toString('base64')}|2^48`]),
    'a=sendrecv',
    '',
  ].join('\r\n')
}

/** The first audio stream; undefined where there is none, or none that is open. */
export function readDescription(text: string): AudioEnd | undefined {
  const lines = text.split(/\r?\n/)
  const start = lines.findIndex((line) => line.startsWith('m=audio '))
  if (start < 0) return undefined
  const next = lines.findIndex((line, index) => index > start && line.startsWith('m='))
  const media = lines.slice(start, next < 0 ? undefined : next)
  const firstMedia = lines.findIndex((line) => line.startsWith('m='))
  const address = [...media, ...lines.slice(0, firstMedia)].find((line) => line.startsWith('c=IN IP4 '))?.slice(9)
  const port = Number(media[0]!.split(' ')[1])
  if (address === undefined || !(port > 0)) return undefined
  return { address, port, master: masterIn(media) }
}

function masterIn(media: readonly string[]): Buffer | undefined {
  for (const line of media) {
    const key = /^a=crypto:\d+ AES_CM_128_HMAC_SHA1_80 inline:([^| ]+)/.exec(line)?.[1]
    const master = Buffer.from(key ?? '', 'base64')
    if (master.length === masterBytes) return master
  }
  return undefined
}
