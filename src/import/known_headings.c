/*
 * known_headings.c
 *		How other systems, and people in their sheets, head the columns of what they export.
 *
 * The headings are written as heading_key() makes them, with a bar around each, and the surest come first: where a file has two
 * that say the same field, the first is taken, and others only where it is empty. An empty field: what is known, and
 * not taken, as it is reckoned from others, belongs to other records, or has no place here.
 */
#include "compat.h"

#include "import/known_headings.h"

const KnownHeadings known_headings[] = {
	{"opportunity", "external_id",
		"|opportunityid|opportunityid18|casesafeid|id|recordid|dealid|recordiddeal|hsobjectid|dealsystemid|"
		"dealpipedrivesystemid|donotmodifyopportunity|ikkeendresalgsmulighet|"},
	{"opportunity", "subject",
		"|emne|opportunityname|name|dealname|dealtitle|title|opportunity|salgsmulighet|topic|navn|deal|"},
	{"opportunity", "company",
		"|firma|accountname|accountnameaccountname|associatedcompany|associatedcompanyprimary|associatedcompanynamesprimary|"
		"primaryassociatedcompany|companyname|dealorganization|customer|kunde|partnerid|customerdisplayname|customername|"
		"account|parentaccountid|potensiellkunde|konto|organization|partnername|potentialcustomer|customerid|client|"
		"organisation|firm|kundenavn|"},
	{"opportunity", "company_external_id",
		"|accountid|associatedcompanyids|associatedcompanyidsprimary|dealorganizationid|partneridid|customerexternalid|"},
	{"opportunity", "contact",
		"|kontaktperson|primarycontact|contactfullname|contactname|associatedcontact|associatedcontacts|dealcontactperson|"
		"contactperson|parentcontactid|contactprimary|kontaktprimær|contactemail|email|epost|emailfrom|contactsnames|"
		"kontakt|"},
	{"opportunity", "project",
		"|prosjekt|"},
	{"opportunity", "responsible",
		"|ansvarlig|opportunityowner|ownername|opportunityownerfullname|ownerfullname|dealowner|hubspotowner|owner|"
		"salesperson|selger|userid|salespersonname|salespersondisplayname|ownerid|eier|assignedusername|assignedto|"
		"assigneduser|tildeltbruker|owneremail|salesrep|salesagent|accountmanager|kundeansvarlig|"},
	{"opportunity", "department",
		"|avdeling|salesteam|salgsteam|teamid|teams|"},
	{"opportunity", "sales_region",
		"|salgsregion|region|territory|"},
	{"opportunity", "sales_process",
		"|salgsprosess|pipeline|dealpipeline|"},
	{"opportunity", "stage",
		"|steg|stagename|dealstage|dealstagepipeline|stadium|stageid|stagestagename|stagedisplayname|salesstage|"
		"pipelinephase|stepname|salgsfase|pipelinefase|stadie|fase|stageidid|"},
	{"opportunity", "status",
		"|dealstatus|iswon|wonstatus|statecode|"},
	{"opportunity", "is_won",
		"|won|isclosedwon|hsisclosedwon|"},
	{"opportunity", "is_closed",
		"|closed|isdealclosed|hsisclosed|"},
	{"opportunity", "is_active",
		"|active|aktiv|"},
	{"opportunity", "is_deleted",
		"|deleted|"},
	{"opportunity", "estimated_revenue",
		"|estimertomsetning|estrevenue|estimatedvalue|forventetinntekt|estinntekt|amount|dealvalue|value|expectedrevenue|"
		"forventetomsetning|opportunityamount|likely|beløp|estrevenuebase|amountconverted|amountincompanycurrency|"
		"amountinhomecurrency|revenue|verdi|sum|omsetning|"},
	{"opportunity", "actual_revenue",
		"|reellomsetning|actualvalue|faktiskinntekt|actualrevenuebase|closevalue|"},
	{"opportunity", "currency",
		"|amountcurrency|opportunitycurrency|amountconvertedcurrency|expectedrevenuecurrency|currencyisocode|"
		"currencyincompanycurrency|dealcurrencycode|dealcurrencyofvalue|dealcurrency|valuta|companycurrency|"
		"transactioncurrencyid|currencyid|beløpvaluta|"},
	{"opportunity", "progress",
		"|fremdrift|probability|dealprobability|hsdealstageprobability|sannsynlighet|closeprobability|sansynlighet|"},
	{"opportunity", "priority",
		"|prioritet|hspriority|"},
	{"opportunity", "rating",
		"|vurdering|"},
	{"opportunity", "forecast_category",
		"|prognosekategori|forecastcategoryname|hsmanualforecastcategory|msdynforecastcategory|"},
	{"opportunity", "decision_date",
		"|beslutningsdato|dealexpectedclosedate|expectedclosedate|expectedclosing|forventetlukking|datedeadline|estclosedate|"
		"estimatedclosedate|estavslutningsdato|expectedclose|forventetlukkedato|"},
	{"opportunity", "delivery_date",
		"|leveringsdato|"},
	{"opportunity", "close_date",
		"|lukkedato|actualclosedate|faktiskavslutningsdato|dateclosed|expectedclosedate|avslutningsdato|dealdealclosedon|"
		"dealclosedon|closeddate|datolukket|closed|closedate2|"},
	{"opportunity", "won_at",
		"|dealwontime|wontime|"},
	{"opportunity", "lost_at",
		"|deallosttime|losttime|"},
	{"opportunity", "loss_reason",
		"|reason|årsak|lostreason|closedlostreason|reasonlost|deallostreason|tapsårsak|lostreasonid|statusreason|"
		"statuscode|statusårsak|taptårsak|"},
	{"opportunity", "competitor",
		"|maincompetitors|competitorname|competitors|konkurrent|"},
	{"opportunity", "winner",
		"|wonby|vunnetav|"},
	{"opportunity", "note",
		"|notat|description|dealdescription|notes|internenotater|currentsituation|customerneed|proposedsolution|beskrivelse|"
		"comments|kommentar|merknad|"},
	{"opportunity", "created_at",
		"|created|opprettet|createddate|createdate|hscreatedate|dealdealcreated|dealcreationdate|createdon|recordcreatedon|"
		"overriddencreatedon|datecreated|dateentered|opprettetden|engagedate|opprettetdato|"},
	{"opportunity", "created_by",
		"|opprettetav|createdbyfullname|dealcreator|createuid|createdbyname|"},
	{"opportunity", "changed_at",
		"|lastchanged|sistendret|lastmodifieddate|hslastmodifieddate|dealupdatetime|lastupdatedon|sistoppdatert|writedate|"
		"modifiedon|endret|datemodified|modifiedat|endretden|"},
	{"opportunity", "changed_by",
		"|by|av|lastchangedby|sistendretav|lastmodifiedby|lastmodifiedbyfullname|lastupdatedby|sistoppdatertav|writeuid|"
		"modifiedby|endretav|modifiedbyname|"},
	{"opportunity", "",
		"|flag|flagg|process|prosess|quotesum|tilbudssum|ordersum|ordresum|decisioncolour|beslutningsfarge|weightedvalue|"
		"vektetverdi|version|versjon|organisasjon|nextactivity|nesteaktivitet|daysthere|dagerder|hasprocess|decisioncolor|"
		"contactphone|contactid|expectedrevenueconverted|expectedamount|opportunityownermanager|ownerrole|"
		"opportunityowneralias|nextstep|fiscalperiod|fiscalquarter|fiscalyear|age|stageduration|lastactivity|haslineitem|"
		"totalopportunityquantity|laststagechangedate|isdeleted|systemmodstamp|lastactivitydate|lastvieweddate|"
		"lastreferenceddate|hasopportunitylineitem|hasopenactivity|hasoverduetask|fiscal|pricebook2id|campaignid|contractid|"
		"ageindays|createdbyid|lastmodifiedbyid|hubspotownerid|associatedcontactids|isclosedlost|hsisclosedlost|"
		"weightedamount|forecastamount|forecastprobability|annualcontractvalue|totalcontractvalue|closeddealamount|"
		"daystoclose|lastcontacted|nextactivitydate|numberofassociatedcontacts|numberofsalesactivities|createdbyuserid|"
		"updatedbyuserid|ownerassigneddate|hubspotteam|dealscore|likelihoodtoclose|dateenteredstagepipeline|"
		"dateexitedstagepipeline|dealweightedvalue|dealcurrencyofweightedvalue|dealweightedvaluecurrency|dealcontactpersonid|"
		"deallaststagechange|dealnextactivitydate|deallastactivitydate|deallastemailreceived|deallastemailsent|dealvisibleto|"
		"dealtotalactivities|dealdoneactivities|dealactivitiestodo|dealemailmessagescount|dealarchivestatus|dealarchivetime|"
		"dealsequenceenrollment|phone|telefon|mobile|mobil|jobposition|stilling|function|proratedrevenue|"
		"assignmentdate|dateopen|laststageupdate|sisteoppdateringavstadium|datelaststageupdate|companyid|type|website|"
		"dayclose|automatedprobability|useridid|lostreasonidid|teamidid|tagidsid|donotmodifyrowchecksum|"
		"donotmodifymodifiedon|finaldecisiondate|processcode|salesstagecode|prioritycode|totalamount|originatinglead|"
		"originatingleadid|pricelist|pricelevelid|ikkeendrekontrollsumforrad|ikkeendreendret|assigneduserid|modifiedbyid|"
		"best|worst|amountusdollar|modifieduserid|amountweightedconverted|contactsids|teamsids|teamsnames|originalleadid|"
		"originalleadname|streamupdatedat|versionnumber|amountweighted|sistefase|vektetbeløp|"},
	{"company", "external_id",
		"|accountid|id|recordid|companyid|organizationid|donotmodifyaccount|kundenummer|kundenr|customernumber|"},
	{"company", "name",
		"|companyname|firmanavn|company|firma|accountname|organizationname|organization|displayname|completename|account|"
		"customer|customername|kunde|kundenavn|bedrift|selskap|organisasjon|"},
	{"company", "phone",
		"|telefon|phonenumber|organizationphone|mainphone|telephone1|officephone|mobile|alternatephone|phonealternate|tlf|"
		"tel|telephone|"},
	{"company", "email",
		"|epost|organizationemail|emailaddress1|primaryemail|emailaddress|"},
	{"company", "is_company",
		"|isacompany|"},
	{"company", "is_deleted",
		"|deleted|"},
	{"company", "",
		"|accountowner|billingstreet|billingcity|billingstateprovince|billingzippostalcode|billingcountry|type|industry|"
		"annualrevenue|employees|website|rating|accountsource|lastactivity|lastmodifieddate|createddate|parentaccount|fax|"
		"description|accountsite|companydomainname|websiteurl|companyowner|createdate|lastactivitydate|city|stateregion|"
		"countryregion|lifecyclestage|numberofemployees|associatedcontact|associatedcontactids|associateddeal|"
		"associateddealids|organizationowner|organizationaddress|organizationlabel|organizationlabels|organizationwebsite|"
		"organizationindustry|organizationpeople|organizationopendeals|organizationwondeals|organizationlostdeals|"
		"organizationlastactivitydate|organizationnextactivitydate|organizationvisibleto|organizationorganizationcreated|"
		"organizationupdatetime|companytype|relatedcompany|salesperson|country|street|zip|taxid|tags|"
		"donotmodifyrowchecksum|donotmodifymodifiedon|primarycontact|address1city|address1countryregion|owner|status|"
		"createdon|nonprimaryemails|phonefax|billingstate|billingpostalcode|shippingstreet|accounttype|siccode|tickersymbol|"
		"parentaccountid|ownership|campaignid|assignedto|assignedusername|assigneduserid|datecreated|datemodified|createdby|"
		"modifiedby|billingaddressstreet|billingaddresscity|billingaddressstate|billingaddresscountry|"
		"billingaddresspostalcode|createdat|modifiedat|phonenumberdata|emailaddressdata|"},
	{"contact", "external_id",
		"|contactid|id|recordid|personid|donotmodifycontact|"},
	{"contact", "company",
		"|firma|accountname|associatedcompany|associatedcompanyprimary|companyname|primaryassociatedcompany|"
		"personorganization|organizationname|relatedcompany|relatedcompanydisplayname|parentid|commercialcompanyname|"
		"parentcustomerid|"},
	{"contact", "company_external_id",
		"|accountid|associatedcompanyids|associatedcompanyidsprimary|primaryassociatedcompanyid|personorganizationid|"
		"parentidid|"},
	{"contact", "first_name",
		"|fornavn|personfirstname|"},
	{"contact", "last_name",
		"|etternavn|personlastname|"},
	{"contact", "name",
		"|navn|personname|displayname|fullname|"},
	{"contact", "gender",
		"|kjønn|gendercode|"},
	{"contact", "job_title",
		"|tittel|stilling|title|personjobtitle|persontitle|personposition|jobposition|function|accountrole|"},
	{"contact", "email",
		"|epost|personemailwork|personemail|emailaddress1|emailaddress|personemailhome|personemailother|"},
	{"contact", "mobile",
		"|mobil|mobilephone|mobilephonenumber|personphonemobile|phonemobile|phonenumbermobile|"},
	{"contact", "direct_phone",
		"|direktenummer|telefon|phone|businessphone|phonenumber|personphonework|personphone|telephone1|phonework|officephone|"
		"personphonehome|personphoneother|phoneother|phonehome|"},
	{"contact", "is_primary",
		"|primarycontact|hovedkontakt|"},
	{"contact", "is_your_ref",
		"|yourref|deresref|"},
	{"contact", "is_company",
		"|isacompany|"},
	{"contact", "is_deleted",
		"|deleted|"},
	{"contact", "",
		"|salutation|mailingstreet|mailingcity|mailingstateprovince|mailingzippostalcode|mailingcountry|fax|accountowner|"
		"contactowner|leadsource|reportsto|emailoptout|department|birthdate|leadstatus|lifecyclestage|createdate|"
		"lastactivitydate|marketingcontactstatus|workemail|city|countryregion|stateregion|websiteurl|personowner|personlabel|"
		"personlabels|personopendeals|personcloseddeals|personnextactivitydate|personlastactivitydate|personmarketingstatus|"
		"persondoubleoptin|personpersoncreated|personupdatetime|personvisibleto|donotmodifyrowchecksum|"
		"donotmodifymodifiedon|owner|status|emailaddress2|emailaddress3|phonefax|nonprimaryemailsforimport|nonprimaryemails|"
		"primaryaddressstreet|primaryaddresscity|description|donotcall|portalname|portalactive|portalapplication|reportstoid|"
		"assistant|assignedusername|assigneduserid|datecreated|datemodified|createdby|modifiedby|salutationname|middlename|"
		"accounttype|accountisinactive|addressstreet|addresscity|addresscountry|createdat|modifiedat|accountsids|"
		"accountsnames|emailaddressdata|phonenumberdata|"},
	{"employee", "external_id",
		"|userid|id|ownerid|donotmodifyuser|systemuserid|"},
	{"employee", "initials",
		"|initialer|alias|username|"},
	{"employee", "name",
		"|navn|fullname|userfullname|user|username|displayname|salesagent|salesperson|salesrep|selger|ansatt|employee|"},
	{"employee", "first_name",
		"|givenname|"},
	{"employee", "last_name",
		"|surname|"},
	{"employee", "email",
		"|epost|useremail|login|primaryemail|internalemailaddress|emailaddress|username|"},
	{"employee", "department",
		"|avdeling|mainteam|team|teams|businessunit|defaultteamname|regionaloffice|office|kontor|"},
	{"employee", "is_active",
		"|active|aktiv|status|"},
	{"employee", "",
		"|role|profile|lastlogin|title|manager|userroleid|profileid|timezonesidkey|localesidkey|donotmodifyrowchecksum|"
		"donotmodifymodifiedon|site|mainphone|employeestatus|isadministrator|officephone|mobile|type|teamsids|teamsnames|"
		"createdat|phonenumber|gender|leder|salesmanager|"},
	{"project", "external_id",
		"|projectid|id|donotmodifyproject|"},
	{"project", "name",
		"|navn|project|prosjekt|projectname|prosjektnavn|projecttitle|displayname|projectprojectname|"},
	{"project", "company",
		"|firma|projectorganization|customer|partnerid|accountname|account|"},
	{"project", "is_deleted",
		"|deleted|"},
	{"activity", "external_id",
		"|activityid|id|recordid|activitysystemid|donotmodifyactivity|donotmodifytask|donotmodifyphonecall|"
		"donotmodifyappointment|"},
	{"activity", "kind",
		"|type|aktivitetstype|tasksubtype|activitytype|calltype|eventsubtype|activitytypeid|"},
	{"activity", "subject",
		"|emne|calltitle|meetingname|tasktitle|emailsubject|activitysubject|summary|name|"},
	{"activity", "body",
		"|text|note|tekst|notat|fullcomments|comments|description|callnotes|meetingdescription|notebody|notes|tasknotes|"
		"emailbody|activitynote|activitypublicdescription|"},
	{"activity", "company",
		"|firma|companyaccount|accountname|associatedcompany|activityorganization|"},
	{"activity", "company_external_id",
		"|accountid|associatedcompanyids|"},
	{"activity", "contact",
		"|kontaktperson|name|associatedcontact|activityperson|activitycontactperson|contactname|"},
	{"activity", "project",
		"|prosjekt|"},
	{"activity", "opportunity",
		"|salgsmulighet|opportunityname|associateddeal|activitydeal|documentname|resname|regarding|parentname|"},
	{"activity", "occurred_at",
		"|date|dato|time|tidspunkt|duedate|start|startdatetime|activitydate|activitydatetime|meetingstarttime|"
		"activityduedate|datedeadline|startdate|actualstart|datestart|createdate|datecreated|datedue|dateend|datestartdate|"
		"dateenddate|datecompleted|"},
	{"activity", "responsible",
		"|ansvarlig|assigned|assignedto|assignedfullname|activityassignedto|activityassignedtouser|userid|owner|"
		"assignedusername|"},
	{"activity", "is_deleted",
		"|deleted|"},
	{"activity", "",
		"|task|status|priority|createddate|lastmodifieddate|location|whatid|whoid|ownerid|isclosed|associateddealids|"
		"associatedcontactids|taskstatus|meetingoutcome|calloutcome|activityduetime|activitydone|activityduration|"
		"activitycreator|activityaddtime|activitymarkedasdonetime|activitylastupdatetime|activitypriority|activitylocation|"
		"donotmodifyrowchecksum|donotmodifymodifiedon|createdon|activitystatus|direction|parenttype|parentid|contactid|"
		"durationhours|durationminutes|remindertime|outlookid|assigneduserid|datemodified|"},
	{NULL}
};
