Feature: VCS Control server certificate requirements
  The certificate of the VCS Control has the names of the secure phone profiles; chat node aliases are for XMPP
  federation only.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: chat node aliases come into the CSR once IM&P was discovered

    @CERT-C-03 @CFG-05
    Scenario: the CSR is generated before and after the discovery
      Given the chat node aliases of IM&P are "chat1.example.com, chat2.example.com"
      And the VCS Control knows no IM&P
      And the deployment is not expected to work
      When the administrator generates a CSR on the VCS Control
      Then the CSR of the VCS Control does not name "chat1.example.com, chat2.example.com"
      And the Generate CSR page of the VCS Control has nothing from "chat node aliases"
      When the administrator adds the IM and Presence server
      Then the VCS Control lists the IM and Presence nodes "imp1.example.com (Publisher)"
      When the administrator generates a CSR on the VCS Control
      Then the CSR of the VCS Control names "chat1.example.com, chat2.example.com"

  Rule: without federation nothing needs the aliases

    @CERT-C-01
    Scenario: the certificates lack the aliases
      Given the chat node aliases of IM&P are "chat1.example.com"
      And Alice and Bob are signed in
      Then the Server certificate page of the VCS Control misses "chat1.example.com"
      When Alice writes "anybody there?" to Bob
      Then Bob reads "anybody there?" from Alice

    @CERT-C-02
    Scenario: federation with other domains is tried
      Given the deployment runs
      When a stranger on the internet connects to port 5269 of the VCS Expressway
      Then the stranger is not connected
      And no page of the VCS Expressway has a setting about "federation"
      And no page of the VCS Control has a setting about "federation"
      And the VCS Control has a setting about "IM and Presence"

  Rule: what is added in IM&P or Unified CM may need a new certificate

    @CERT-C-06
    Scenario: a chat node alias is added
      Given the chat node aliases of IM&P are "chat1.example.com"
      And the deployment runs
      When the VCS Control gets a new server certificate
      And the administrator restarts the VCS Control
      Then the Server certificate page of the VCS Control misses nothing
      When the chat node aliases of IM&P become "chat1.example.com, chat9.example.com"
      And the administrator refreshes the servers
      Then the Server certificate page of the VCS Control misses "chat9.example.com"
      When the administrator generates a CSR on the VCS Control
      Then the CSR of the VCS Control names "chat1.example.com, chat9.example.com"

    @CERT-C-07
    Scenario: a phone security profile for TLS is added
      Given the Cluster Security Mode of Unified CM is 1
      And the device of the board room has the phone security profile "jabber.secure.example.com"
      And the deployment runs
      When Unified CM gets the phone security profile "tablets.secure.example.com" for the device of Alice
      And the administrator refreshes the servers
      Then the Server certificate page of the VCS Control misses "tablets.secure.example.com"
      When Alice signs in
      Then the phone service of Alice fails: "403 Forbidden"
      And the Unified CM has logged "Failed to establish SSL connection"
      When the board room signs in
      Then the sign-in of the board room succeeds
      When the VCS Control gets a new server certificate
      And the administrator restarts the VCS Control
      And Alice signs in
      Then the sign-in of Alice succeeds
      And the registration of Alice went through the zone "CEtls-cucm1"
