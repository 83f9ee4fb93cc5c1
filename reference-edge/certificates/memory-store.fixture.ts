import type { CertificateStore, StoredCertificates } from './certificate-store.ts'

/** A store of a test, with how often it was written. */
export function memoryStore(initial: Partial<StoredCertificates> = {}): CertificateStore & { writes: number } {
  let stored: StoredCertificates = {
    serverKey: '',
    serverCertificate: '',
    pendingRequest: undefined,
    trustedCas: '',
    ...initial,
  }
  return {
    writes: 0,
    read: () => stored,
    write(changes) {
      this.writes++
      stored = { ...stored, ...changes }
    },
  }
}
