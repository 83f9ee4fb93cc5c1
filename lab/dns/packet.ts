import dns2 from 'dns2'

export interface DnsQuestion {
  readonly name: string
  readonly type: number
  readonly class: number
}

export interface DnsAnswer {
  readonly name: string
  readonly type: number
  readonly class: number
  readonly ttl: number
  readonly address?: string
  readonly priority?: number
  readonly weight?: number
  readonly port?: number
  readonly target?: string
  readonly ns?: string
  readonly primary?: string
  readonly admin?: string
  readonly serial?: number
  readonly refresh?: number
  readonly retry?: number
  readonly expiration?: number
  readonly minimum?: number
}

export interface DnsPacket {
  header: { id: number; rcode: number; aa: number; ra: number; tc: number; ad: number; opcode: number; qr: number }
  questions: DnsQuestion[]
  answers: DnsAnswer[]
  authorities: DnsAnswer[]
  additionals: DnsAnswer[]
  toBuffer(): Buffer
}

interface Writer {
  names: unknown
  write(value: number, bits: number): void
}

interface PacketCodec {
  parse(bytes: Buffer): DnsPacket
  createResponseFromRequest(request: DnsPacket): DnsPacket
  TYPE: Record<string, number>
  CLASS: Record<string, number>
  RCODE: Record<string, number>
  Name: { encode(name: string, writer: Writer): void }
  Resource: { SRV: { encode(record: DnsAnswer, writer: Writer): void } }
}

/** dns2's codec, with SRV targets written uncompressed (RFC 2782); c-ares 1.34.7 and later refuse compressed ones. */
export const Packet: PacketCodec = (dns2 as unknown as { Packet: PacketCodec }).Packet

Packet.Resource.SRV.encode = (record, writer) => {
  writer.write(record.priority ?? 0, 16)
  writer.write(record.weight ?? 0, 16)
  writer.write(record.port ?? 0, 16)
  const names = writer.names
  writer.names = undefined
  Packet.Name.encode(record.target ?? '', writer)
  writer.names = names
}
