Feature: Domains
  Control serves the domains that it has, with the services that are switched on for them.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: a domain has to exist on Control

    @DOM-01
    Scenario: Alice's domain is configured
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the VCS Control receives "GET" from the VCS Expressway

    @DOM-01
    Scenario: Alice's domain is not configured
      Given Control has the domain "example.org" instead
      When Alice signs in
      Then the sign-in of Alice fails with "FAILED_EDGE_FORBIDDEN"
      And Alice receives "403 Forbidden"
      And the VCS Control receives no "GET" from the VCS Expressway

  Rule: "SIP registrations and provisioning on Unified CM" brings registration and provisioning

    @DOM-05
    Scenario: the service is on
      When Alice signs in
      Then the Unified CM receives "REGISTER sip:cucm1.example.com" from the VCS Control

    @DOM-05
    Scenario: the service is off
      Given the domain service "SIP registrations and provisioning on Unified CM" is off
      When Alice signs in
      Then the Unified CM receives no "REGISTER"
      And Unified CM has Alice not registered
      And Alice's stage "register" is failed

  Rule: "IM and Presence services on Unified CM" brings IM and presence

    @DOM-06 @DOM-09
    Scenario: the service is on
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the XMPP session of Alice ends at IM&P over the link of the VCS Control

    @DOM-06 @DOM-09
    Scenario: the service is off: calls but no IM
      Given the domain service "IM and Presence services on Unified CM" is off
      When Alice signs in
      Then Alice's stage "im-connect" is failed
      And IM&P has no session of Alice
      And Unified CM has Alice registered

  Rule: the domain page knows its services and nothing else

    @DOM-02
    Scenario: the three services are Off, On, On as in the example
      Given the deployment runs
      Then the domain page of Control shows "example.com" with the services Off, On, On

    @DOM-02
    Scenario: another value is not accepted
      Given the deployment runs
      When the administrator sets the domain service "IM and Presence services on Unified CM" to "perhaps"
      Then the change is refused

    @DOM-02
    Scenario: the edit page of a domain
      Given the deployment runs
      Then the Edit form of "example.com" in "Configuration > Domains" on the VCS Control has the fields:
        | Domain name *                                    |
        | SIP registrations and provisioning on VCS        |
        | SIP registrations and provisioning on Unified CM |
        | IM and Presence services on Unified CM           |
      And the Edit form of "example.com" in "Configuration > Domains" on the VCS Control offers "On, Off" for each service
