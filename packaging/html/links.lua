-- For pandoc: links between the documents lead to their pages, and each SQLSTATE to what to do about it.

local explained = {}

-- The rows of the table of errors are found by their first cell: 55000, or several with commas between.
local function codes_of(cell)
	local codes = {}
	for code in pandoc.utils.stringify(cell):gmatch("[%w]+") do
		if not code:match("^%w%w%w%w%w$") or not code:match("%d") then
			return {}
		end
		table.insert(codes, code)
	end
	return codes
end

local function anchor_rows(tables)
	if not pandoc.utils.stringify(tables.head.rows[1] and tables.head.rows[1].cells[1].contents or ""):match("SQLSTATE") then
		return nil
	end
	for _, body in ipairs(tables.bodies) do
		for _, row in ipairs(body.body) do
			local codes = codes_of(row.cells[1].contents)
			local anchors = {}
			for i, code in ipairs(codes) do
				explained[code] = true
				table.insert(anchors, pandoc.Span((i > 1 and ", " or "") .. code, { id = "sqlstate-" .. code }))
			end
			if #anchors > 0 then
				row.cells[1].contents = { pandoc.Plain(anchors) }
			end
		end
	end
	return tables
end

local function link_code(text)
	local before, code, behind = text.text:match("^(%p*)(%w%w%w%w%w)(%p*)$")
	if code and explained[code] then
		return { pandoc.Str(before), pandoc.Link(code, "#sqlstate-" .. code), pandoc.Str(behind) }
	end
end

local function link_page(link)
	if not link.target:match("^%a+://") then
		link.target = link.target:gsub("^(%w+)%.md", "%1.html")
	end
	return link
end

-- Tables of errors first, so that what is explained is known.
return { { Table = anchor_rows }, { Str = link_code }, { Link = link_page } }
