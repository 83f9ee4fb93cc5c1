/** What a VCS keeps of certificates. All texts are PEM. */
export interface StoredCertificates {
  readonly serverKey: string
  /** The certificate, then the intermediates that were loaded with it. */
  readonly serverCertificate: string
  /** The last CSR with its key, until the certificate for it has been loaded. */
  readonly pendingRequest: PendingRequest | undefined
  /** Concatenated, in the order they were added. */
  readonly trustedCas: string
}

export interface PendingRequest {
  readonly request: string
  readonly key: string
}

/** Where they are kept; a write that returned is durable and happened as a whole. */
export interface CertificateStore {
  read(): StoredCertificates
  write(changes: Partial<StoredCertificates>): void
}
