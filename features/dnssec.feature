Feature: Certificate of the Expressway in DNS-SEC deployments
  With signed SRV records a client knows that the Expressway speaks for the domain; its certificate need not say so.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: the domain may be missing from the certificate where its SRV records are signed

    @CERT-E-04
    Scenario: the zone is signed, the certificate has the host name only
      Given the certificate of the VCS Expressway names only "vcse1.example.com"
      And the Jabber of Alice validates DNS answers
      And the zone of the public DNS is signed
      When Alice signs in
      Then the sign-in of Alice succeeds
      And Alice was given a validated answer by the public DNS
      And the VCS Expressway receives "GET" from the Jabber of Alice
      And Unified CM has Alice registered

    @CERT-E-04
    Scenario: the zone is not signed, the certificate has the host name only
      Given the certificate of the VCS Expressway names only "vcse1.example.com"
      And the Jabber of Alice validates DNS answers
      When Alice signs in
      Then the sign-in of Alice fails with "CERTIFICATE_VALIDATION_ERROR"
      And Alice was given an answer that is not validated by the public DNS
      And the VCS Expressway receives no "GET" from the Jabber of Alice

    @CERT-E-04
    Scenario: the zone is not signed, the certificate has the domain too
      Given the Jabber of Alice validates DNS answers
      When Alice signs in
      Then the sign-in of Alice succeeds
      And Alice was given an answer that is not validated by the public DNS
      And Unified CM has Alice registered
