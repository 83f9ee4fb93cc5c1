Feature: Configuring line registration listening ports on Unified CM

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: SIP Phone Port is for TCP, SIP Phone Secure Port for TLS

    @TRK-06
    Scenario: the usual ports, 5060 and 5061
      Given the Cluster Security Mode of Unified CM is 1
      And the device of Alice has the phone security profile "jabber.secure.example.com"
      And Alice is signed in
      When the board room signs in
      Then the sign-in of the board room succeeds
      And Unified CM listens for SIP at the ports "5060, 5061"
      And the REGISTER of the board room has come to port 5060 of Unified CM over TCP
      And the REGISTER of Alice has come to port 5061 of Unified CM over TLS

    @TRK-06
    Scenario: other ports, known from discovery
      Given the Cluster Security Mode of Unified CM is 1
      And the SIP Phone Port of Unified CM is 5070 and its SIP Phone Secure Port 5071
      And the device of Alice has the phone security profile "jabber.secure.example.com"
      And Alice is signed in
      When the board room signs in
      Then the sign-in of the board room succeeds
      And Unified CM listens for SIP at the ports "5070, 5071"
      And the REGISTER of the board room has come to port 5070 of Unified CM over TCP
      And the REGISTER of Alice has come to port 5071 of Unified CM over TLS

    @TRK-06
    Scenario: the SIP Phone Port changes and nobody rediscovers
      Given the deployment runs
      When the SIP Phone Port of Unified CM becomes 5070
      Then Unified CM listens for SIP at the ports "5070"
      And the zone "CEtcp-cucm1" has failed: "connection refused"
      When Alice signs in
      Then the phone service of Alice fails: "503 Service Unavailable"
      And Unified CM has Alice not registered
      When the administrator chooses Refresh servers
      And the zone "CEtcp-cucm1" is active on port 5070
      And Alice signs in
      Then the sign-in of Alice succeeds
      And the REGISTER of Alice has come to port 5070 of Unified CM over TCP
