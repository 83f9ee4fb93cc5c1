Feature: Custom firewall rules of the VCS Expressway
  What the guide recommends to drop: the internal port 8883 outside, and SSH tunnels of anybody but the VCS Control.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: port 8883 is dropped on the external LAN interface

    @PORT-N-08
    Scenario: the rule is there
      Given Alice is signed in
      Then a stranger on the internet gets an answer at port 8883 of the VCS Expressway
      When the administrator enters the firewall rules:
        | Priority | Action | Service | From    | Interface |
        | 10       | Drop   | 8883    | anybody | LAN1      |
      Then a stranger on the internet gets an answer at port 8883 of the VCS Expressway
      When the administrator activates the firewall rules
      And the administrator accepts the firewall rules
      Then a stranger on the internet gets no answer at port 8883 of the VCS Expressway
      When Alice signs out
      And Alice signs in
      Then the sign-in of Alice succeeds
      And Alice can read the voicemail list

    @PORT-N-08
    Scenario: an Expressway with two interfaces drops it outside only
      Given the VCS Expressway has an internal and an external interface
      When the administrator enters the firewall rules:
        | Priority | Action | Service | From    | Interface |
        | 10       | Drop   | 8883    | anybody | LAN2      |
      And the administrator activates the firewall rules
      And the administrator accepts the firewall rules
      Then a stranger on the internet gets no answer at port 8883 of the external interface
      And a stranger in the DMZ gets an answer at port 8883 of the internal interface
      When Alice signs in
      Then the sign-in of Alice succeeds

  Rule: only the VCS Control may open SSH tunnels

    @PORT-N-10 @PORT-N-11
    Scenario: allowed to the Control, dropped for everybody else
      Given the deployment runs
      Then a stranger in the DMZ gets an answer at port 2222 of the VCS Expressway
      When the administrator enters the firewall rules:
        | Priority | Action | Service     | From            | Interface |
        | 10       | Allow  | SSH tunnels | the VCS Control | All       |
        | 20       | Drop   | SSH tunnels | anybody         | All       |
      And the administrator activates the firewall rules
      And the administrator accepts the firewall rules
      Then a stranger in the DMZ gets no answer at port 2222 of the VCS Expressway
      And a stranger inside gets no answer at port 2222 of the VCS Expressway
      And a stranger on the internet gets no answer at port 2222 of the VCS Expressway
      When the administrator restarts the VCS Expressway
      And Alice signs in
      Then the sign-in of Alice succeeds
      And the VCS Expressway shows 2 firewall rules in force
      And a stranger in the DMZ gets no answer at port 2222 of the VCS Expressway

    @PORT-N-10 @PORT-N-11
    Scenario: the rules are in the wrong order
      Given the deployment runs
      When the administrator enters the firewall rules:
        | Priority | Action | Service     | From            | Interface |
        | 10       | Drop   | SSH tunnels | anybody         | All       |
        | 20       | Allow  | SSH tunnels | the VCS Control | All       |
      And the administrator activates the firewall rules
      And the administrator accepts the firewall rules
      And the VCS Expressway restarts with these rules
      Then the VCS Control dials the SSH port again and hears nothing
      When Alice signs in
      Then the sign-in of Alice fails with "FAILED_EDGE_SERVER_ERROR"
      And Alice receives "502 Next Hop Connection Failed"
      When the administrator enters the firewall rules:
        | Priority | Action | Service     | From            | Interface |
        | 10       | Allow  | SSH tunnels | the VCS Control | All       |
        | 20       | Drop   | SSH tunnels | anybody         | All       |
      And the administrator activates the firewall rules
      And the administrator accepts the firewall rules
      Then the VCS Control is ready again
      When Alice signs in
      Then the sign-in of Alice succeeds

    @PORT-N-10
    Scenario: the Control was forgotten
      Given the deployment runs
      When the administrator enters the firewall rules:
        | Priority | Action | Service     | From    | Interface |
        | 20       | Drop   | SSH tunnels | anybody | All       |
      And the administrator activates the firewall rules
      And the administrator accepts the firewall rules
      And the VCS Expressway restarts with these rules
      Then the VCS Control dials the SSH port again and hears nothing
      When Alice signs in
      Then the sign-in of Alice fails with "FAILED_EDGE_SERVER_ERROR"
      And Alice receives "502 Next Hop Connection Failed"

  Rule: with two interfaces SSH tunnels are dropped on the external one too

    @PORT-N-12
    Scenario: rules on the internal interface leave the external one open
      Given the VCS Expressway has an internal and an external interface
      When the administrator enters the firewall rules:
        | Priority | Action | Service     | From            | Interface |
        | 10       | Allow  | SSH tunnels | the VCS Control | LAN1      |
        | 20       | Drop   | SSH tunnels | anybody         | LAN1      |
      And the administrator activates the firewall rules
      And the administrator accepts the firewall rules
      Then a stranger in the DMZ gets no answer at port 2222 of the internal interface
      But a stranger on the internet gets an answer at port 2222 of the external interface

    @PORT-N-12
    Scenario: a further rule drops them there
      Given the VCS Expressway has an internal and an external interface
      When the administrator enters the firewall rules:
        | Priority | Action | Service     | From            | Interface |
        | 10       | Allow  | SSH tunnels | the VCS Control | LAN1      |
        | 20       | Drop   | SSH tunnels | anybody         | LAN1      |
        | 30       | Drop   | SSH tunnels | anybody         | LAN2      |
      And the administrator activates the firewall rules
      And the administrator accepts the firewall rules
      Then a stranger on the internet gets no answer at port 2222 of the external interface
      And a stranger in the DMZ gets no answer at port 2222 of the internal interface
      When the administrator restarts the VCS Expressway
      And Alice signs in
      Then the sign-in of Alice succeeds

  Rule: rules that nobody accepts are rolled back

    Scenario: the administrator does not come back in time
      Given the deployment runs
      When the administrator enters the firewall rules:
        | Priority | Action | Service | From    | Interface |
        | 10       | Drop   | 8883    | anybody | All       |
      And the administrator activates the firewall rules
      Then a stranger on the internet gets no answer at port 8883 of the VCS Expressway
      When the clocks advance by 20 seconds
      Then a stranger on the internet gets an answer at port 8883 of the VCS Expressway
      And "Accept changes" of "Firewall rules > Configuration" on the VCS Expressway is refused: "No activation waits"

    Scenario: the administrator rolls them back
      Given the deployment runs
      When the administrator enters the firewall rules:
        | Priority | Action | Service | From    | Interface |
        | 10       | Drop   | 8883    | anybody | All       |
      And the administrator activates the firewall rules
      And the administrator rolls back the firewall rules
      Then a stranger on the internet gets an answer at port 8883 of the VCS Expressway
      And the VCS Expressway shows 0 firewall rules in force
