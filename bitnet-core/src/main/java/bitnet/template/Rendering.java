package bitnet.template;

import bitnet.template.Statement.Branch;
import bitnet.template.Statement.Target;
import java.util.ArrayList;
import java.util.List;

/** One rendering of a template: executes statements, and collects what they write. */
final class Rendering {
    /** How a list of statements ended. */
    private enum End {
        REACHED,
        BREAK,
        CONTINUE
    }

    private final Budget budget;
    private final Evaluation evaluation;
    private StringBuilder out = new StringBuilder();

    Rendering(Budget budget) {
        this.budget = budget;
        this.evaluation = new Evaluation(budget);
    }

    /** What the statements write. */
    String text(List<Statement> body, Scope scope) {
        StringBuilder outer = out;
        out = new StringBuilder();
        execute(body, scope);
        String text = out.toString();
        out = outer;
        return text;
    }

    /** The place in the template that was evaluated last. */
    int at() {
        return evaluation.at();
    }

    private End execute(List<Statement> body, Scope scope) {
        budget.enter();
        for (Statement statement : body) {
            budget.spend(1);
            End end = execute(statement, scope);
            if (end != End.REACHED) {
                budget.leave();
                return end;
            }
        }
        budget.leave();
        return End.REACHED;
    }

    private End execute(Statement statement, Scope scope) {
        switch (statement) {
            case Statement.Data data -> write(data.text());
            case Statement.Output output -> {
                Object value = evaluation.value(output.value(), scope);
                evaluation.goTo(output.at());
                write(Values.print(value, budget));
            }
            case Statement.If choice -> {
                for (Branch branch : choice.branches()) {
                    if (evaluation.truth(branch.condition(), scope)) {
                        return execute(branch.body(), scope);
                    }
                }
                return execute(choice.otherwise(), scope);
            }
            case Statement.For loop -> loop(loop, scope);
            case Statement.Assign assign -> {
                Object value = evaluation.value(assign.value(), scope);
                evaluation.goTo(assign.at());
                assign(assign.target(), value, scope);
            }
            case Statement.Capture capture -> {
                String text = budget.made(text(capture.body(), new Scope(scope)));
                evaluation.goTo(capture.at());
                assign(capture.target(), text, scope);
            }
            case Statement.Macro macro ->
                scope.set(macro.name(), (Values.Callable) arguments -> call(macro, arguments, scope));
            case Statement.Break _ -> {
                return End.BREAK;
            }
            case Statement.Continue _ -> {
                return End.CONTINUE;
            }
        }
        return End.REACHED;
    }

    private void write(String text) {
        budget.spend(text.length());
        out.append(text);
    }

    private void loop(Statement.For loop, Scope scope) {
        Object iterable = evaluation.value(loop.iterable(), scope);
        evaluation.goTo(loop.at());
        List<?> items = Values.iterate(iterable, budget);
        if (loop.condition() != null) {
            var kept = new ArrayList<Object>();
            for (Object item : items) {
                var inner = new Scope(scope);
                assign(loop.target(), item, inner);
                if (evaluation.truth(loop.condition(), inner)) {
                    kept.add(item);
                }
            }
            items = kept;
        }
        if (items.isEmpty()) {
            execute(loop.otherwise(), new Scope(scope));
            return;
        }
        var state = new Loop(items);
        for (int i = 0; i < items.size(); i++) {
            budget.spend(4);
            var inner = new Scope(scope);
            state.at(i);
            inner.set("loop", state);
            assign(loop.target(), items.get(i), inner);
            if (execute(loop.body(), inner) == End.BREAK) {
                break;
            }
        }
    }

    private void assign(Target target, Object value, Scope scope) {
        switch (target) {
            case Target.Variable(String name) -> scope.set(name, value);
            case Target.Member(String name, String attribute) -> {
                if (!(Values.defined(scope.get(name)) instanceof Values.Namespace namespace)) {
                    throw new TemplateError("'" + name + "' is no namespace, so its members cannot be set");
                }
                budget.spend(4);
                namespace.members().put(attribute, value);
            }
            case Target.Several(List<Target> targets) -> {
                List<?> values = Values.iterate(value, budget);
                if (values.size() != targets.size()) {
                    throw new TemplateError(values.size() + " values for " + targets.size() + " names");
                }
                for (int i = 0; i < targets.size(); i++) {
                    assign(targets.get(i), values.get(i), scope);
                }
            }
        }
    }

    private Object call(Statement.Macro macro, CallArguments given, Scope definedIn) {
        CallArguments arguments = given.bind(macro.parameters());
        var scope = new Scope(definedIn);
        for (int i = 0; i < macro.parameters().size(); i++) {
            String parameter = macro.parameters().get(i);
            Expression otherwise = macro.defaults().get(i);
            Object value = arguments.named().get(parameter);
            if (value == null) {
                value = otherwise == null ? new Undefined(parameter) : evaluation.value(otherwise, scope);
            }
            scope.set(parameter, value);
        }
        return budget.made(text(macro.body(), scope));
    }
}
