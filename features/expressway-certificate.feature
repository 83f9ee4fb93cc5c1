Feature: VCS Expressway server certificate requirements
  The certificate of the VCS Expressway has the domains that clients look for.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: a presence domain of its own has to be in the certificate too

    @CERT-E-03
    Scenario: only the e-mail domain is in the certificate
      Given IM&P serves the domain "chat.example.com"
      And the certificate of the VCS Expressway names only "example.com"
      And the deployment runs
      When the administrator gives IM and Presence the domain "chat.example.com"
      And the administrator restarts the VCS Control
      And Alice signs in
      Then the sign-in of Alice succeeds except for "im-connect": "certificate"
      And Unified CM has Alice registered
      And IM&P has no session of Alice

    @CERT-E-03
    Scenario: both domains are in the certificate
      Given IM&P serves the domain "chat.example.com"
      And the certificate of the VCS Expressway names only "example.com" and "chat.example.com"
      And the deployment runs
      When the administrator gives IM and Presence the domain "chat.example.com"
      And the administrator restarts the VCS Control
      And Alice signs in
      Then the sign-in of Alice succeeds
      And the XMPP session of Alice ends at IM&P over the link of the VCS Control

  Rule: a new presence domain or chat node alias needs a new certificate

    @CERT-E-07
    Scenario: a presence domain is added
      Given IM&P serves the domain "chat.example.com"
      And the certificate of the VCS Expressway names only "example.com"
      And the deployment runs
      When the administrator gives IM and Presence the domain "chat.example.com"
      And the administrator restarts the VCS Control
      Then the Server certificate page of the VCS Expressway misses "chat.example.com"
      When Alice signs in
      Then the sign-in of Alice succeeds except for "im-connect": "certificate"
      When the VCS Expressway gets a new server certificate
      And the administrator restarts the VCS Expressway
      And the VCS Control dials the VCS Expressway anew
      Then the traversal zone is active at both ends
      And the certificate that the VCS Expressway shows names "vcse1.example.com, example.com, chat.example.com"
      When Alice signs in
      Then the sign-in of Alice succeeds

  Rule: chat node aliases are copied from Control's Generate CSR page

    @CERT-E-05 @CERT-E-06
    Scenario: the aliases are copied
      Given the chat node aliases of IM&P are "chat1.example.com, chat2.example.com"
      And the deployment runs
      Then the Generate CSR page of the VCS Control proposes "chat1.example.com, chat2.example.com" from "chat node aliases"
      When the VCS Control gets a new server certificate
      And the administrator generates a CSR on the VCS Expressway with the chat node aliases copied from the VCS Control
      And the deployment's authority signs the CSR of the VCS Expressway
      And the administrator uploads the signed certificate to the VCS Expressway
      And the administrator restarts the VCS Control
      And the administrator restarts the VCS Expressway
      Then the certificate that the VCS Control shows names "chat1.example.com, chat2.example.com"
      And the certificate that the VCS Expressway shows names "chat1.example.com, chat2.example.com"
      And the certificates of both VCSs have the same chat node aliases

    @CERT-E-06
    Scenario: there is nothing to copy before IM&P was discovered
      Given the VCS Control knows no IM&P
      And the deployment is not expected to work
      And the deployment runs
      Then the Generate CSR page of the VCS Control has nothing from "chat node aliases"
