import type { HostEnvironment } from '#runtime/host.ts'
import type { TlsIdentity } from '#runtime/network.ts'
import type { CertificateStore, StoredCertificates } from '../certificates/certificate-store.ts'
import { makeFactoryIdentity } from '../certificates/factory-identity.ts'
import type { Change, ChangeStore } from '../configuration/change-store.ts'
import type { PendingChange } from '../configuration/configuration.ts'
import { serverCertificate, trustedCaCertificate } from '../configuration/pages/maintenance.ts'
import type { Installation } from './installation.ts'

/** Certificates and keys among the change records of a VCS; what runs is what stood there at its start. */
export class CertificateRecords implements CertificateStore {
  readonly #store: ChangeStore
  readonly #environment: HostEnvironment
  readonly #running: StoredCertificates

  /** A first start takes what was loaded before, or makes the factory certificate. */
  static async open(
    store: ChangeStore,
    environment: HostEnvironment,
    loaded: Installation['certificates'],
  ): Promise<CertificateRecords> {
    const records = new CertificateRecords(store, environment)
    if (records.read().serverCertificate !== '') return records
    const { name, clocks, random } = environment
    if (loaded !== undefined) records.write({ trustedCas: loaded.trust.join('\n') })
    const { key, cert } = loaded?.identity ?? (await makeFactoryIdentity({ name, now: clocks.wall.now(), random }))
    records.write({ serverKey: key, serverCertificate: cert })
    return new CertificateRecords(store, environment)
  }

  private constructor(store: ChangeStore, environment: HostEnvironment) {
    this.#store = store
    this.#environment = environment
    this.#running = this.read()
  }

  get running(): StoredCertificates {
    return this.#running
  }

  /** Presented since the start. */
  get identity(): TlsIdentity {
    return { key: this.#running.serverKey, cert: this.#running.serverCertificate }
  }

  /** Trusted since the start, PEM texts. */
  get trust(): readonly string[] {
    return pemTexts(this.#running.trustedCas)
  }

  read(): StoredCertificates {
    const value = (field: keyof StoredCertificates) =>
      this.#store.state.find(({ page, field: name }) => page === placeOf[field] && name === field)?.new
    return {
      serverKey: (value('serverKey') as string | undefined) ?? '',
      serverCertificate: (value('serverCertificate') as string | undefined) ?? '',
      pendingRequest: value('pendingRequest') as StoredCertificates['pendingRequest'],
      trustedCas: (value('trustedCas') as string | undefined) ?? '',
    }
  }

  write(changes: Partial<StoredCertificates>): void {
    const written = Object.entries(changes).map(([field, value]): Change => ({
      page: placeOf[field as keyof StoredCertificates],
      row: '',
      field,
      new: value ?? null,
    }))
    this.#store.append(written, this.#environment.clocks.wall.now(), 'admin')
  }

  /** What counts behind the next restart only. */
  pending(): PendingChange[] {
    const [stored, running] = [this.read(), this.#running]
    return [
      ...(stored.serverCertificate === running.serverCertificate
        ? []
        : [{ page: serverCertificate.path, row: '', field: 'Server certificate' }]),
      ...(stored.trustedCas === running.trustedCas
        ? []
        : [{ page: trustedCaCertificate.path, row: '', field: 'Trusted CA certificates' }]),
    ]
  }
}

const placeOf: Record<keyof StoredCertificates, string> = {
  serverKey: serverCertificate.resource,
  serverCertificate: serverCertificate.resource,
  pendingRequest: serverCertificate.resource,
  trustedCas: trustedCaCertificate.resource,
}

function pemTexts(concatenated: string): string[] {
  return concatenated.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
}
