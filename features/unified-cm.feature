Feature: Unified CM
  What mobile and remote access asks of the Unified CM clusters inside.

  Rule: with several clusters ILS is set up on every one of them

    Background:
      Given the deployment has two Unified CM clusters

    @CUCM-01
    Scenario: each cluster finds the users of the other
      When Dave signs in
      Then the sign-in of Dave succeeds
      And the Unified CM receives "GET /cucm-uds/clusterUser?username=dave" from the VCS Control
      And the second Unified CM receives "GET /cucm-uds/clusterUser?username=dave" from the Unified CM
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the second Unified CM receives "GET /cucm-uds/clusterUser?username=alice" from the VCS Control
      And the Unified CM receives "GET /cucm-uds/clusterUser?username=alice" from the second Unified CM

    @CUCM-01
    Scenario: ILS is left off on the first cluster, where Control asks for Dave
      Given ILS is not set up on the Unified CM
      When Dave signs in
      Then Dave receives "401 Unauthorized"
      And the second Unified CM receives no "GET /cucm-uds"
      When ILS is set up on the Unified CM
      And Alice signs in
      And Dave signs in
      Then the sign-in of Dave succeeds
      And the second Unified CM receives "GET /cucm-uds/clusterUser?username=dave" from the Unified CM

  Rule: a client is authenticated against its home cluster

    Background:
      Given the deployment has two Unified CM clusters

    @CUCM-02
    Scenario: Dave's home is the second cluster, whichever node is asked for it
      When Dave signs in
      Then the Unified CM receives "GET /cucm-uds/clusterUser?username=dave" from the VCS Control
      And the second Unified CM receives "GET /cucm-uds/user/dave/devices" from the VCS Control
      And the Unified CM receives no "GET /cucm-uds/user/dave"
      And the edge configuration of Dave has "<name>tftpServer</name><address>cucm2.example.com</address><address></address>"
      And the sign-in of Dave succeeds
      And the second Unified CM has Dave registered

    @CUCM-02
    Scenario: the home cluster of Dave is down, that of Alice is not
      Given the deployment runs
      When the second Unified CM is switched off
      And Dave signs in
      Then Dave receives "401 Unauthorized"
      And the sign-in of Dave fails with "FAILED_EDGE_AUTHENTICATION"
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the Unified CM has Alice registered

  Rule: the region table has the row of the guide

    Background:
      Given a single Control, Expressway, Unified CM and IM&P

    @CUCM-06
    Scenario: the row for calls within the only region
      Given the deployment runs
      Then the page "System > Region Information > Region" of Unified CM has the row "Default":
        | Name                                     | Default                                        |
        | Region                                   | Default                                        |
        | Audio Codec Preference List              | Use System Default (Factory Default low loss)  |
        | Maximum Audio Bit Rate                   | Wideband                                       |
        | Maximum Session Bit Rate for Video Calls | 6000                                           |

    @CUCM-06
    Scenario: another bit rate stands on the page, one that is none is refused
      Given the deployment runs
      When the administrator of Unified CM sets "Maximum Session Bit Rate for Video Calls" of "Default" to "384" on the page "System > Region Information > Region"
      Then Unified CM takes it
      And the page "System > Region Information > Region" of Unified CM has the row "Default":
        | Name                                     | Default                                        |
        | Region                                   | Default                                        |
        | Audio Codec Preference List              | Use System Default (Factory Default low loss)  |
        | Maximum Audio Bit Rate                   | Wideband                                       |
        | Maximum Session Bit Rate for Video Calls | 384                                            |
      When the administrator of Unified CM sets "Maximum Audio Bit Rate" of "Default" to "plenty" on the page "System > Region Information > Region"
      Then Unified CM refuses it: "maximumAudioBitRate"

  Rule: video calls may use the bit rate of the region table

    Background:
      Given Alice has a camera for calls of 6000 kbps
      And Bob has a camera for calls of 6000 kbps

    @CUCM-04
    Scenario: the guide's row for calls within the region
      Given Alice and Bob are signed in
      When Alice calls Bob
      Then the call connects
      And the video call of Alice to Bob may use 6000 kbps

    @CUCM-04
    Scenario: within the region the bit rate was left at 384 kbps
      Given the Maximum Session Bit Rate for Video Calls of the regions "Default" and "Default" is 384 kbps
      And Alice and Bob are signed in
      When Alice calls Bob
      Then the call connects
      And the video call of Alice to Bob may use 384 kbps

    @CUCM-05
    Scenario: between two regions 6000 kbps are allowed too
      Given the Maximum Session Bit Rate for Video Calls of the regions "Branch" and "Branch" is 6000 kbps
      And the Maximum Session Bit Rate for Video Calls of the regions "Branch" and "Default" is 6000 kbps
      And the device of Bob is in the region "Branch"
      And Alice and Bob are signed in
      When Alice calls Bob
      Then the call connects
      And the video call of Alice to Bob may use 6000 kbps

    @CUCM-05
    Scenario: each region allows 6000 kbps, calls between them 384
      Given the Maximum Session Bit Rate for Video Calls of the regions "Branch" and "Branch" is 6000 kbps
      And the Maximum Session Bit Rate for Video Calls of the regions "Branch" and "Default" is 384 kbps
      And the device of Bob is in the region "Branch"
      And Alice and Bob are signed in
      When Alice calls Bob
      Then the call connects
      And the video call of Alice to Bob may use 384 kbps

  Rule: phone security profiles for TLS are named by an FQDN of the enterprise

    Background:
      Given the Cluster Security Mode of Unified CM is 1

    @CUCM-07
    Scenario: the profile is called jabber.secure.example.com
      Given the device of Alice has the phone security profile "jabber.secure.example.com"
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the registration of Alice went through the zone "CEtls-cucm1"

    @CUCM-07
    Scenario: the profile is called EX90-secure
      Given the device of the board room has the phone security profile "EX90-secure"
      When the board room signs in
      Then the phone service of the board room fails: "403 Forbidden"
      And Unified CM has the board room not registered
      And the VCS Control has logged "Failed to establish SSL connection"
      And the Unified CM server shows the problem "is not named by an FQDN"

  Rule: the SIP phone port of such a profile is 5061

    Background:
      Given the Cluster Security Mode of Unified CM is 1
      And the device of Alice has the phone security profile "jabber.secure.example.com"

    @CUCM-08
    Scenario: the port is 5061
      When Alice signs in
      Then Unified CM has Alice registered
      When Alice fetches "http://cucm1.example.com:6970/CSFALICE.cnf.xml"
      Then the answer contains "<voipControlPort>5061</voipControlPort>"

    @CUCM-08
    Scenario: the port was left at 5060
      Given the SIP Phone Port of the phone security profile "jabber.secure.example.com" is 5060
      When Alice signs in
      Then the phone service of Alice fails: "403 Forbidden"
      And Unified CM has Alice not registered
      And the Unified CM server shows the problem "has SIP phone port 5060"

  Rule: the form of a phone security profile has the fields of the guide

    @CUCM-09
    Scenario: the form is opened and saved
      Given the deployment runs
      When the administrator of Unified CM opens the form of a new phone security profile
      Then the form has exactly the fields:
        | Product Type                                     |
        | Device Protocol                                  |
        | Name*                                            |
        | Description                                      |
        | Nonce Validity Time*                             |
        | Device Security Mode                             |
        | Transport Type*                                  |
        | Enable Digest Authentication                     |
        | TFTP Encrypted Config                            |
        | Exclude Digest Credentials in Configuration File |
        | Authentication Mode*                             |
        | Key Size (Bits)*                                 |
        | SIP Phone Port*                                  |
      When he fills it in and saves it
      Then Unified CM has the phone security profile "new.secure.example.com"

    @CUCM-09
    Scenario Outline: a starred field is left empty: <field>
      Given the deployment runs
      When the administrator of Unified CM opens the form of a new phone security profile
      And he fills it in without "<field>" and saves it
      Then the form is not saved: "<field>: must be filled in"
      And Unified CM has no phone security profile "new.secure.example.com"

      Examples:
        | field               |
        | Name                |
        | Nonce Validity Time |
        | Transport Type      |
        | Authentication Mode |
        | Key Size (Bits)     |
        | SIP Phone Port      |
