Feature: HTTP server allow list
  Clients outside reach a web server inside only if it is on the allow list of the VCS Control.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: a server that is not on the list cannot be reached

    @ALLOW-01 @ALLOW-02
    Scenario: Unity Connection is on the list
      Given Alice is signed in
      When Alice asks for the voicemail at "cuc1.example.com"
      Then the answer is 200
      And the Unity Connection receives "GET /vmrest/mailbox" from the VCS Control

    @ALLOW-01 @ALLOW-02
    Scenario: Unity Connection is not on the list
      Given the allow list is empty
      And Alice is signed in
      When Alice asks for the voicemail at "cuc1.example.com"
      Then Alice receives "403 Forbidden"
      And the Unity Connection receives no "GET"

    @ALLOW-01
    Scenario: nobody is told the list without having signed in
      Given the deployment runs
      And Alice is signed in
      When Alice asks for the voicemail at "cuc1.example.com" without credentials
      Then the answer is 401
      And Alice receives "401 Unauthorized"
      And the Unity Connection receives no "GET"

  Rule: discovered Unified CM and IM&P nodes are on the list automatically

    @ALLOW-06
    Scenario: Unified CM with an empty list
      Given the allow list is empty
      And Alice is signed in
      When Alice fetches "https://cucm1.example.com:8443/cucm-uds/version"
      Then the answer is 200
      When Alice fetches "http://cucm1.example.com:6970/jabber-config.xml"
      Then the answer is 200

    @ALLOW-07
    Scenario: IM&P with an empty list
      Given the allow list is empty
      And Alice is signed in
      Then the IM&P receives "POST /EPASSoap/service/v80" from the VCS Control

    @ALLOW-07
    Scenario: without its publisher on Control IM&P is off the list
      Given the VCS Control knows no IM&P
      And Alice signs in
      When Alice fetches "https://imp1.example.com:8443/EPASSoap/service/v80"
      Then Alice receives "403 Forbidden"
      And the IM&P receives no "GET"
      And the IM&P receives no "POST"

    @ALLOW-08
    Scenario: the automatic entries are not among the administrator's
      Given the allow list is empty
      And Alice is signed in
      Then the allow list page shows no entry
      When Alice fetches "https://cucm1.example.com:8443/cucm-uds/version"
      Then the answer is 200

  Rule: an entry is a host name or an IP address; it matches by name or by the address the name resolves to

    @ALLOW-09 @ALLOW-10
    Scenario: the entry is the name the client uses
      Given the allow list has "cuc1.example.com"
      And Alice is signed in
      When Alice asks for the voicemail at "cuc1.example.com"
      Then the answer is 200

    @ALLOW-10
    Scenario: the server has another name that is not on the list
      Given the internal DNS also has the name "voicemail.example.com" for the Unity Connection
      And the allow list has "cuc1.example.com"
      And Alice is signed in
      When Alice asks for the voicemail at "voicemail.example.com"
      Then Alice receives "403 Forbidden"
      And the Unity Connection receives no "GET"

    @ALLOW-10
    Scenario: the entry is the full name, the client uses the short one
      Given the allow list has "cuc1.example.com"
      And Alice is signed in
      When Alice asks for the voicemail at "cuc1"
      Then Alice receives "403 Forbidden"

    @ALLOW-09 @ALLOW-11
    Scenario: the entry is the address the name resolves to
      Given the internal DNS also has the name "voicemail.example.com" for the Unity Connection
      And the allow list has the address of the Unity Connection
      And Alice is signed in
      When Alice asks for the voicemail at "voicemail.example.com"
      Then the answer is 200
      And the internal DNS receives "A voicemail.example.com" from the VCS Control

    @ALLOW-11
    Scenario: the name now resolves to another address
      Given the allow list has the address of the Unity Connection
      And the internal DNS also has the name "voicemail.example.com" for the public DNS
      And Alice is signed in
      When Alice asks for the voicemail at "voicemail.example.com"
      Then Alice receives "403 Forbidden"

    @ALLOW-09
    Scenario: an entry that is neither a host name nor an address is not accepted
      Given the deployment runs
      When the administrator sets the allow list to "https://cuc1.example.com/"
      Then the change is refused
      When the administrator sets the allow list to "cuc1.example.com"
      Then the change is accepted

  Rule: the servers of updates, custom tabs and photos have to be on the list

    @ALLOW-03
    Scenario: the Jabber update server is on the list
      Given the allow list has "web1.example.com"
      And Alice is signed in
      When Alice's Jabber checks for updates
      Then the answer is 200
      And the web server receives "GET /jabber/Autoupdate.xml" from the VCS Control
      And the access log of the web server has "/jabber/Autoupdate.xml"

    @ALLOW-03
    Scenario: the Jabber update server is not on the list
      Given the allow list has "cuc1.example.com"
      And Alice is signed in
      When Alice's Jabber checks for updates
      Then Alice receives "403 Forbidden"
      And the access log of the web server is empty

    @ALLOW-04
    Scenario: the server of a custom HTML tab is on the list
      Given the allow list has "web1.example.com"
      And Alice is signed in
      When Alice opens the tab "News"
      Then the answer is 200
      And the answer contains "News of the company"
      And the access log of the web server has "/tabs/news.png"
      And the access log of the web server has "/tabs/news.html"

    @ALLOW-04
    Scenario: the server of a custom HTML tab is not on the list
      Given the allow list has "cuc1.example.com"
      And Alice is signed in
      When Alice opens the tab "News"
      Then Alice receives "403 Forbidden"
      And the access log of the web server is empty

    @ALLOW-05
    Scenario: the photo host is on the list
      Given the allow list has "web1.example.com"
      And Alice is signed in
      When Alice looks at the photo of Bob
      Then the answer is 200
      And the answer contains "photo of Bob"
      And the access log of the web server has "/photos/bob.jpg"

    @ALLOW-05
    Scenario: the photo host is not on the list, the directory still works
      Given the allow list has "cuc1.example.com"
      And Alice is signed in
      When Alice looks at the photo of Bob
      Then Alice receives "403 Forbidden"
      And the access log of the web server is empty
      And Alice finds Bob in the directory

    Scenario: in the office nobody asks the list
      Given the allow list is empty
      And Bob is signed in
      When Bob looks at the photo of Carol
      Then the answer is 200
      And the web server receives "GET /photos/carol.jpg" from the Jabber of Bob

  Rule: changes of the list take effect with the next request

    @CFG-02 @ALLOW-01
    Scenario: Unity Connection is added while Alice is signed in
      Given the allow list is empty
      And Alice is signed in
      When Alice asks for the voicemail at "cuc1.example.com"
      Then Alice receives "403 Forbidden"
      When the administrator sets the allow list to "cuc1.example.com"
      And Alice asks for the voicemail at "cuc1.example.com"
      Then the answer is 200

  Rule: administration and the self-care portal of Unified CM are not for outside

    @UNSJ-06
    Scenario Outline: Alice tries the <page>
      Given Alice is signed in
      When Alice fetches "https://cucm1.example.com:8443/<path>"
      Then Alice receives "403 Forbidden"
      And the Unified CM receives no "GET /<path>"

      Examples:
        | page                        | path     |
        | self-care portal            | ucmuser/ |
        | self-care portal of release 9 | ccmuser/ |

    @UNSJ-06
    Scenario: UDS of the same server answers
      Given Alice is signed in
      When Alice fetches "https://cucm1.example.com:8443/cucm-uds/user/alice"
      Then the answer is 200

  Rule: NTLM is not supported by the proxy

    @UNSF-11
    Scenario: a client that answers with NTLM is refused
      Given Alice is signed in
      When Alice asks for the voicemail at "cuc1.example.com" with NTLM
      Then Alice receives "401 Unauthorized"
      And the Unity Connection receives no "GET"

    @UNSF-11
    Scenario: with her password she is served
      Given Alice is signed in
      When Alice asks for the voicemail at "cuc1.example.com"
      Then the answer is 200
