Feature: SIP trunks between Unified CM and VCS Control
  A SIP trunk beside the line side: who is registered to the VCS Control and who calls from another company reach
  Unified CM's devices over it, on a port of its own.

  Background:
    Given SIP devices of the Control and another company

  Rule: the port of the trunk is the Incoming Port of its security profile, in force with Apply Config

    @TRK-07 @TRK-09 @TRK-10
    Scenario: the Incoming Port moves, then the zone of the VCS Control
      When the administrator of Unified CM sets "Incoming Port" of "VCS SIP Trunk Profile" to "5075" on the page "System > Security > SIP Trunk Security Profile"
      Then Unified CM takes it
      And Unified CM listens for SIP at the ports "5060, 5065"
      And the zone "UnifiedCmTrunk" of the VCS Control is active at port 5065 of Unified CM
      When the administrator of Unified CM clicks Apply Config of "VCS SIP Trunk Profile" on the page "System > Security > SIP Trunk Security Profile"
      Then Unified CM listens for SIP at the ports "5060, 5075"
      And the zone "UnifiedCmTrunk" of the VCS Control fails
      When the administrator sets the port of the zone "UnifiedCmTrunk" on the VCS Control to 5075
      Then the zone "UnifiedCmTrunk" of the VCS Control is active at port 5075 of Unified CM

    @TRK-09 @TRK-10
    Scenario: the Incoming Port is saved and not applied
      When the administrator of Unified CM sets "Incoming Port" of "VCS SIP Trunk Profile" to "5075" on the page "System > Security > SIP Trunk Security Profile"
      And the administrator sets the port of the zone "UnifiedCmTrunk" on the VCS Control to 5075
      Then the zone "UnifiedCmTrunk" of the VCS Control fails
      And Unified CM listens for SIP at the ports "5060, 5065"
      When Alice signs in
      Then the sign-in of Alice succeeds
      And Unified CM has Alice registered

  Rule: the trunk has another port than the lines

    @TRK-03 @TRK-04
    Scenario: Alice registers beside a trunk on its own port
      When Alice signs in
      Then the sign-in of Alice succeeds
      And Unified CM has Alice registered
      And the zone "UnifiedCmTrunk" of the VCS Control is active at port 5065 of Unified CM

    @TRB-REG-01 @TRB-REG-02 @TRK-04
    Scenario: the trunk is on the SIP Phone Port, and is taken off it
      When the administrator of Unified CM sets "Incoming Port" of "VCS SIP Trunk Profile" to "5060" on the page "System > Security > SIP Trunk Security Profile"
      And the administrator of Unified CM clicks Apply Config of "VCS SIP Trunk Profile" on the page "System > Security > SIP Trunk Security Profile"
      And Alice signs in
      Then Unified CM refuses the registration of Alice: "SIP trunk disallows REGISTER"
      And Unified CM has Alice not registered
      When the administrator of Unified CM sets "Incoming Port" of "VCS SIP Trunk Profile" to "5065" on the page "System > Security > SIP Trunk Security Profile"
      And the administrator of Unified CM clicks Apply Config of "VCS SIP Trunk Profile" on the page "System > Security > SIP Trunk Security Profile"
      And Alice signs in
      Then the sign-in of Alice succeeds
      And Unified CM has Alice registered
      And the zone "UnifiedCmTrunk" of the VCS Control is active at port 5065 of Unified CM

    @TRK-05 @TRK-04
    Scenario: the zone of the trunk is on the port of the lines, and is taken off it
      Given Alice is signed in
      Then the VCS Control has no alarm "Unified CM port conflict"
      When the administrator sets the port of the zone "UnifiedCmTrunk" on the VCS Control to 5060
      Then the VCS Control has the alarm "Unified CM port conflict" with the action "Let Unified CM and the neighbor zone of the trunk use a port other than 5060 and 5061"
      And the zone "UnifiedCmTrunk" of the VCS Control is active at port 5060 of Unified CM
      When the administrator sets the port of the zone "UnifiedCmTrunk" on the VCS Control to 5065
      Then the VCS Control has no alarm "Unified CM port conflict"
      And the zone "UnifiedCmTrunk" of the VCS Control is active at port 5065 of Unified CM

    @TRK-05
    Scenario: the lines move to the port of the trunk, and back
      Given Alice is signed in
      When the SIP Phone Port of Unified CM becomes 5065
      And the administrator refreshes the Unified CM servers on their page
      Then the VCS Control has the alarm "Unified CM port conflict" with the action "Let Unified CM and the neighbor zone of the trunk use a port other than 5060 and 5061"
      When the SIP Phone Port of Unified CM becomes 5060
      And the administrator refreshes the Unified CM servers on their page
      Then the VCS Control has no alarm "Unified CM port conflict"

  Rule: a security profile moves every trunk that uses it

    @TRK-08
    Scenario: another trunk shares the profile of the VCS trunk, and moves with it
      Given Unified CM has another SIP trunk, to the Lync server, with the profile "VCS SIP Trunk Profile" and its Incoming Port 5065
      And Carol and the Lync server are signed in
      When the Lync server calls the number "1003@example.com"
      Then the call connects at both ends with Carol
      When the Lync server hangs up
      And the administrator of Unified CM sets "Incoming Port" of "VCS SIP Trunk Profile" to "5075" on the page "System > Security > SIP Trunk Security Profile"
      And the administrator of Unified CM clicks Apply Config of "VCS SIP Trunk Profile" on the page "System > Security > SIP Trunk Security Profile"
      Then Unified CM listens for SIP at the ports "5060, 5075"
      When the Lync server calls the number "1003@example.com"
      Then the call finds nobody listening

    @TRK-08
    Scenario: another trunk has a profile of its own, and stays where it is
      Given Unified CM has another SIP trunk, to the Lync server, with the profile "Lync SIP Trunk Profile" and its Incoming Port 5066
      And Carol and the Lync server are signed in
      When the administrator of Unified CM sets "Incoming Port" of "VCS SIP Trunk Profile" to "5075" on the page "System > Security > SIP Trunk Security Profile"
      And the administrator of Unified CM clicks Apply Config of "VCS SIP Trunk Profile" on the page "System > Security > SIP Trunk Security Profile"
      Then Unified CM listens for SIP at the ports "5060, 5066, 5075"
      When the Lync server calls the number "1003@example.com"
      Then the call connects at both ends with Carol
      And the Lync server and Carol hear each other
      And the zone "UnifiedCmTrunk" of the VCS Control fails
